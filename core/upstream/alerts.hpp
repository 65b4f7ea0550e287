// What Alertmanager says of its alerts: GET /api/v2/alerts, and since when it runs: /api/v2/status.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/alert/alert.hpp"

namespace scalehook::upstream {

enum class State {
  active,
  suppressed,   // by a silence, or inhibited by another alert
  unprocessed,  // so new that it is neither yet
};

struct KnownAlert {
  alert::Labels labels;
  State state{};
  alert::Time starts_at{};
  std::vector<std::string> silenced_by;   // ids of silences
  std::vector<std::string> inhibited_by;  // fingerprints of alerts
  alert::Labels annotations{};
  std::string generator_url{};
  std::string fingerprint{};
  std::vector<std::string> receivers{};  // names of those that it is routed to
};

// One Alertmanager and what it answered. Resolved alerts are not among `alerts`.
struct Instance {
  std::string url;  // without userinfo
  bool reachable{};
  std::string fault;       // one sentence if it is not reachable
  alert::Time up_since{};  // when it started, on our clock: what its own clock says it is old is
                           // taken from the time of the answer
  std::vector<KnownAlert> alerts;
};
using AlertsAnswer = std::vector<Instance>;  // in the order of the configuration

// Whether it answered, and has been up for `settled`: so long that it has heard of all that fires.
// `now` on our clock, near to when the answer came. Any thread.
bool is_settled(const Instance& instance, alert::Time now, std::chrono::seconds settled);

// The body of GET /api/v2/alerts, or one sentence on what is wrong with it. Any thread.
boost::system::result<std::vector<KnownAlert>, std::string> parse_alerts(std::string_view body);

// When it started, on its own clock (`uptime` in the body of GET /api/v2/status), or one sentence.
boost::system::result<alert::Time, std::string> parse_uptime(std::string_view body);

enum class Standing {
  active,      // some instance has an alert of the series that is active or unprocessed
  suppressed,  // some has one, and each of them is suppressed
  gone,        // every instance answered, none has one, and each has been up long enough to have
               // heard of all that fires
  unknown,     // an instance is not reachable or young, or there is none
};

// An answer, by series: labels without `value`. Built once, asked for any number of series.
// `gone` says that no Prometheus has sent the alert lately, and a dead Prometheus sends nothing
// either: Alertmanager then drops it at the `endsAt` it was last sent, some minutes ahead. Any
// thread.
class Standings {
 public:
  // `now` and `settled` as above.
  Standings(const AlertsAnswer& answer, alert::Time now,
            std::chrono::seconds settled = std::chrono::minutes{5});

  Standing of(const alert::Labels& series) const;

 private:
  std::map<alert::Labels, bool> active_;  // by series; false: suppressed
  bool complete_;                         // what is not there is gone
};

}  // namespace scalehook::upstream
