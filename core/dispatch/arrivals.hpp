// What waits for one decision on a target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/claim.hpp"

namespace scalehook::dispatch {

using alert::Time;

// The alerts of one notification that are about one target.
struct Arrival {
  std::int64_t notification{};  // the journal's id
  Time received_at{};
  std::string external_url;
  std::vector<alert::Alert> alerts;
  std::vector<scaling::Effect> effects;  // of each alert
};

// Notifications that said nothing new before another one came: a storm of them is counted.
struct Repeats {
  std::vector<std::int64_t> notifications;
  Time first_received_at{};
  Time last_received_at{};
  std::vector<alert::Alert> alerts;  // each once, and not too many
  std::set<std::size_t> seen;        // a hash of each, of those that were too many too
  std::size_t truncated_alerts() const { return seen.size() - alerts.size(); }
};

// Arrivals in the order in which they were applied to the memory. What waits for a dead API server
// stays small: all that is left to do for old ones is to record them.
class Arrivals {
 public:
  // So many of the newest are kept whole; of those before, as much as names their alerts.
  static constexpr std::size_t most_whole = 16;

  // Each is newer than all that are here.
  void add(Arrival arrival);
  void add(Arrivals later);

  bool empty() const { return kept_.empty(); }
  // None brought something new.
  bool only_repeat() const;
  // Oldest first, the last at the end; none of the others only repeats.
  const std::vector<Arrival>& kept() const { return kept_; }
  const Repeats& repeats() const { return repeats_; }

 private:
  void count_last();
  void name(std::vector<alert::Alert> alerts);
  void strip_old();

  std::vector<Arrival> kept_;
  Repeats repeats_;
};

// Warns of alerts that had expired although they fire on. Before they are applied to the memory.
void warn_of_rare_repeats(const rules::Target& target, const scaling::Memory& memory,
                          const std::vector<scaling::Observation>& observations);

}  // namespace scalehook::dispatch
