// An alerting rule at work, as in Prometheus.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/simulate/rule.hpp"

namespace scalehook::simulate {

using alert::Time;

enum class AlertState { inactive, pending, firing };
std::string_view to_text(AlertState state);

// The labels and annotations of the rule's alert of a series, which is without __name__, at that
// value.
alert::Labels labels_of(const AlertRule& rule, const alert::Labels& series, double value);
alert::Labels annotations_of(const AlertRule& rule, const alert::Labels& series, double value);

// An alert as Prometheus posts it to Alertmanager, which takes it for firing until `ends_at`.
struct PostedAlert {
  alert::Labels labels;
  alert::Labels annotations;
  Time starts_at{};
  Time ends_at{};
  std::string generator_url{};
};

// Does what rules/alerting.go of Prometheus 2.42 does:
//
// At each evaluation every series of the expression's result makes an alert whose labels are the
// series', the rule's above them, and alertname. An alert with the same labels as one that is
// active only refreshes its value and annotations. It is pending until it has been active for
// `for`, then fires, with startsAt the time of that evaluation. Where the result has the series no
// longer, a pending alert is dropped at once, and a firing one resolved: at once, or once it has
// been so for keep_firing_for. A label that holds the value makes another alert each time.
//
// Firing and resolved alerts are sent when they have just been resolved, and else once more than a
// minute has passed since the last time: with an evaluation each minute, at every second one. A
// resolved one goes on being sent for 15 minutes. endsAt of a firing one lies four minutes ahead,
// or four evaluations if they are rarer.
class Alerting {
 public:
  Alerting(AlertRule rule, std::chrono::nanoseconds interval);

  // A series for which the condition holds.
  struct Held {
    std::size_t series{};           // its number, which stays the same
    const alert::Labels* labels{};  // without __name__; read during the evaluation only
    double value{};
  };
  // What is sent to Alertmanager after the evaluation at `now`; times rise.
  std::vector<PostedAlert> evaluate(Time now, const std::vector<Held>& all);

  // Of the series with the numbers below `count`, since the last evaluation.
  std::vector<AlertState> states(std::size_t count) const;

 private:
  struct Active {
    std::size_t series{};
    alert::Labels annotations;
    AlertState state = AlertState::pending;  // inactive: resolved
    Time active_at{};
    Time fired_at{};
    std::optional<Time> keep_firing_since;
    std::optional<Time> resolved_at;
    std::optional<Time> sent_at;
    bool seen = false;  // in the running evaluation
  };
  // False: it is to be forgotten.
  bool advance(Active& alert, Time now) const;
  bool needs_sending(const Active& alert, Time now) const;

  AlertRule rule_;
  std::chrono::nanoseconds interval_;
  std::string generator_url_;
  std::map<alert::Labels, Active> active_;
};

}  // namespace scalehook::simulate
