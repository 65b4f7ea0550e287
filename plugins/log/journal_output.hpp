// Entries to the systemd journal.
#pragma once

#include <string>

#include "plugins/log/output.hpp"

namespace scalehook::log {

// Speaks to the socket itself: libsystemd's sd_journal_sendv(3) waits without end for a journald
// that does not read, and answers success where there is none.
class JournalOutput : public Output {
 public:
  explicit JournalOutput(std::string instance) : instance_(std::move(instance)) {}

  outcome<done> write(const Event& event, const Limits& limits) override;

 private:
  const std::string instance_;
};

}  // namespace scalehook::log
