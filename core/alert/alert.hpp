// What Alertmanager sends, as plain values. Knows no socket and no JSON.
#pragma once

#include <boost/container/flat_map.hpp>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace scalehook::alert {

// Wall-clock time in nanoseconds since the epoch, UTC.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

// Sorted by name, so that equal sets are equal values. Flat, for they are copied more than changed.
struct Labels : boost::container::flat_map<std::string, std::string, std::less<>> {
  using flat_map::flat_map;

  // The order is of no meaning. They are keys everywhere: what flat_map compares in six strings a
  // label is told by two, and by lengths first.
  friend std::strong_ordering operator<=>(const Labels& a, const Labels& b) {
    if (const auto order = a.size() <=> b.size(); order != 0) return order;
    for (auto at = a.begin(), other = b.begin(); at != a.end(); ++at, ++other) {
      if (const auto order = compare(at->first, other->first); order != 0) return order;
      if (const auto order = compare(at->second, other->second); order != 0) return order;
    }
    return std::strong_ordering::equal;
  }
  friend bool operator<(const Labels& a, const Labels& b) { return (a <=> b) < 0; }
  friend bool operator==(const Labels& a, const Labels& b) { return (a <=> b) == 0; }

 private:
  static std::strong_ordering compare(const std::string& a, const std::string& b) {
    if (const auto order = a.size() <=> b.size(); order != 0) return order;
    return a.compare(b) <=> 0;
  }
};

enum class Status { firing, resolved };

struct Alert {
  Status status{};
  Labels labels;
  Labels annotations;
  Time starts_at{};
  // Absent while firing: Alertmanager then sends 0001-01-01T00:00:00Z.
  std::optional<Time> ends_at;
  std::string generator_url;
  std::string fingerprint;  // Alertmanager's own; kept for the record only
};

// An element of `alerts` that could not be read. The others are kept. Only so many are described,
// for whoever sends nonsense may send a lot of it.
inline constexpr std::size_t most_bad_alerts = 10;
struct BadAlert {
  std::size_t index{};
  std::string pointer;  // RFC 6901, of the value at fault
  std::string reason;
};

// One webhook body. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
struct Notification {
  std::string version;  // "4", or "3" from older Alertmanagers
  std::string receiver;
  std::string group_key;
  std::string external_url;
  std::uint64_t truncated_alerts{};  // dropped by Alertmanager's max_alerts: absence is no resolve
  std::vector<Alert> alerts;
  std::vector<BadAlert> bad_alerts;  // the first few
  std::size_t bad_alert_count{};     // all of them
};

}  // namespace scalehook::alert
