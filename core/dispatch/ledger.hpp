// What is still to be decided of each notification, and the records of what was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "core/journal/journal.hpp"

namespace scalehook::dispatch {

// A notification is finished, with all its records, once every lane that it is about has concluded.
// What lanes remember is stored at once, in order: should we be killed in between, the notification
// comes again and finds its claims open. All methods on the engine's thread.
class Ledger {
 public:
  // 0: records and states of no notification.
  using Finish = std::function<void(std::int64_t notification, std::vector<journal::Record>,
                                    std::vector<journal::State>)>;

  explicit Ledger(Finish finish);

  void open(std::int64_t notification, std::size_t lanes);
  // One that needs no lane's conclusion.
  void keep(std::int64_t notification, journal::Record record);
  // What one lane concluded.
  void conclude(std::int64_t notification, journal::Record record);
  void close_if_done(std::int64_t notification);
  // Of no notification.
  void store(std::vector<journal::Record> records, std::vector<journal::State> states);

 private:
  struct Open {
    std::size_t lanes = 0;  // that have not concluded
    std::vector<journal::Record> records;
  };

  Finish finish_;
  std::map<std::int64_t, Open> open_;
};

}  // namespace scalehook::dispatch
