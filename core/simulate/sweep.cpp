#include "core/simulate/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;
using Choices = std::vector<std::size_t>;

constexpr std::size_t first_settings = 2;  // are tried in all combinations
constexpr std::size_t most_refined = 4;    // of the front

// Two significant digits, so that nobody takes it for exact.
double rounded(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)) - 1);
  return std::round(value / power) * power;
}

std::string as_written(double value) { return fmt::format("{:g}", value); }

// Sorted by value, with the one that is set among them.
Setting setting(std::string name, double now, std::vector<double> others,
                const std::function<std::string(double)>& text,
                const std::function<void(config::Rule&, AlertRule&, double)>& apply) {
  others.push_back(now);
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  Setting made{std::move(name), {}, 0};
  for (const double value : others) {
    if (value == now) made.now = made.choices.size();
    made.choices.push_back({text(value), [apply, value](config::Rule& rule, AlertRule& alert) {
                              apply(rule, alert, value);
                            }});
  }
  return made;
}

std::vector<double> around(double value) {
  std::vector<double> all;
  for (const double factor : {0.7, 0.8, 0.9, 1.1, 1.25}) all.push_back(rounded(factor * value));
  return all;
}

std::string seconds_text(double seconds) {
  return duration_text(std::chrono::seconds{std::llround(seconds)});
}

double seconds(std::chrono::seconds duration) { return static_cast<double>(duration.count()); }

std::chrono::seconds whole_seconds(double value) {
  return std::chrono::seconds{std::llround(value)};
}

void add_target(const config::Rule& rule, const AlertRule& alert, std::vector<Setting>& settings) {
  const auto& policy = rule.behavior.policy;
  if (const auto* one = std::get_if<scaling::PerReplica>(&policy)) {
    settings.push_back(setting(
        "per_replica", one->target, around(one->target), as_written,
        [](auto& of, auto&, double value) { of.behavior.policy = scaling::PerReplica{value}; }));
  } else if (const auto* ratio = std::get_if<scaling::Ratio>(&policy)) {
    settings.push_back(
        setting("ratio", ratio->target, around(ratio->target), as_written,
                [](auto& of, auto&, double value) { of.behavior.policy = scaling::Ratio{value}; }));
  } else if (alert.comparison && alert.comparison->threshold > 0) {
    const double threshold = alert.comparison->threshold;
    settings.push_back(setting("threshold", threshold, around(threshold), as_written,
                               [](auto&, AlertRule& of, double value) {
                                 auto comparison = *of.comparison;
                                 comparison.threshold = value;
                                 set_expression(of, of.measure + " " + to_text(comparison));
                               }));
  }
}

// As far as the rule has such settings.
template <typename Rule>
void add_asking(const Rule& rule, std::vector<Setting>& settings) {
  if constexpr (requires { rule.behavior.refresh; }) {
    settings.push_back(setting("refresh", seconds(rule.behavior.refresh), {15, 60}, seconds_text,
                               [](auto& of, auto&, double value) {
                                 static_cast<Rule&>(of).behavior.refresh = whole_seconds(value);
                               }));
  }
  if constexpr (requires { rule.behavior.fit; }) {
    const auto& policy = rule.behavior.policy;
    if (!std::holds_alternative<scaling::Step>(policy) &&
        !std::holds_alternative<scaling::Percent>(policy)) {
      return;
    }
    settings.push_back(setting(
        "fit", rule.behavior.fit, {0.7, 0.8, 0.9}, as_written,
        [](auto& of, auto&, double value) { static_cast<Rule&>(of).behavior.fit = value; }));
  }
}

// A play with other settings than the scenario's.
class Variant {
 public:
  Variant(const Scenario& scenario, const std::string& rule, const std::string& alert)
      : scenario_{scenario}, rule_{rule}, alert_{alert} {}

  Scenario make(const std::vector<Setting>& settings, const Choices& choices) const {
    auto made = scenario_;
    auto config = std::make_shared<config::Config>(*made.config);
    const auto rule = std::find_if(
        config->rules.begin(), config->rules.end(),
        [&](const config::Rule& candidate) { return candidate.selection.name == rule_; });
    for (auto& group : made.groups) {
      for (auto& one : group.rules) {
        auto* alert = std::get_if<AlertRule>(&one);
        if (alert == nullptr || alert->name != alert_) continue;
        for (std::size_t index = 0; index < settings.size(); ++index) {
          settings[index].choices[choices[index]].apply(*rule, *alert);
        }
      }
    }
    made.config = std::move(config);
    return made;
  }

 private:
  const Scenario& scenario_;
  const std::string& rule_;
  const std::string& alert_;
};

// Plays what is to be played, each combination once, on several threads.
class Attempts {
 public:
  Attempts(const Variant& variant, const std::vector<Setting>& settings)
      : variant_{variant}, settings_{settings} {}

  std::optional<std::string> play(const std::vector<Choices>& wanted) {
    std::vector<Attempt> open;
    for (const auto& choices : wanted) {
      if (known_.insert(choices).second) open.push_back({choices, {}, {}});
    }
    std::vector<std::string> faults(open.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t index = next++; index < open.size(); index = next++) {
        const auto timeline = run(variant_.make(settings_, open[index].choices));
        if (!timeline) {
          faults[index] = timeline.error();
          continue;
        }
        open[index].tried = timeline->verdicts.at(0);
        open[index].held_out = timeline->verdicts.at(1);
      }
    };
    {
      std::vector<std::jthread> others;
      for (unsigned at = 1; at < std::thread::hardware_concurrency(); ++at) {
        others.emplace_back(work);
      }
      work();
    }
    for (auto& fault : faults) {
      if (!fault.empty()) return std::move(fault);
    }
    all_.insert(all_.end(), open.begin(), open.end());
    return std::nullopt;
  }

  const std::vector<Attempt>& all() const { return all_; }

  // The lowest cost first, each with fewer violations than all before.
  std::vector<Attempt> front() const {
    auto sorted = all_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Attempt& one, const Attempt& other) {
      return std::pair{one.tried.replica_minutes, one.tried.violation_minutes} <
             std::pair{other.tried.replica_minutes, other.tried.violation_minutes};
    });
    std::vector<Attempt> front;
    for (auto& attempt : sorted) {
      if (front.empty() || attempt.tried.violation_minutes < front.back().tried.violation_minutes) {
        front.push_back(std::move(attempt));
      }
    }
    return front;
  }

 private:
  const Variant& variant_;
  const std::vector<Setting>& settings_;
  std::set<Choices> known_;
  std::vector<Attempt> all_;
};

// All combinations of the settings from `begin` to before `end`, with those of `base` elsewhere.
std::vector<Choices> combinations(const std::vector<Setting>& settings, std::size_t begin,
                                  std::size_t end, const Choices& base) {
  std::vector<Choices> all{base};
  for (std::size_t index = begin; index < end; ++index) {
    std::vector<Choices> more;
    for (const auto& choices : all) {
      for (std::size_t choice = 0; choice < settings[index].choices.size(); ++choice) {
        more.push_back(choices);
        more.back()[index] = choice;
      }
    }
    all = std::move(more);
  }
  return all;
}

// At most so many, evenly among them, with the first and the last.
std::vector<Attempt> some(const std::vector<Attempt>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<Attempt> chosen;
  for (std::size_t index = 0; index < most; ++index) {
    chosen.push_back(all[index * (all.size() - 1) / (most - 1)]);
  }
  return chosen;
}

}  // namespace

std::vector<Setting> settings_of(const config::Rule& rule, const AlertRule& alert,
                                 bool asks_prometheus) {
  std::vector<Setting> settings;
  add_target(rule, alert, settings);
  settings.push_back(setting("scale_in.stabilization",
                             seconds(rule.behavior.scale_in.stabilization), {60, 300, 900},
                             seconds_text, [](auto& of, auto&, double value) {
                               of.behavior.scale_in.stabilization = whole_seconds(value);
                             }));
  if (asks_prometheus) add_asking(rule, settings);
  return settings;
}

boost::system::result<Sweep, std::string> sweep(const Scenario& scenario, const std::string& rule,
                                                const std::string& alert, Time from) {
  const auto end = scenario.load->load->end();
  const Time split = from + (end - from) / 3 * 2;
  auto played = scenario;
  played.keep = {false, false, false, false};
  played.spans = {{from, split}, {split, Time::max()}};

  Sweep sweep;
  sweep.tried = {from, split};
  sweep.held_out = {split, end};
  const auto* of = config::find_rule(*scenario.config, rule);
  const auto alerts = alerts_of(scenario.groups);
  const auto found = std::find_if(alerts.begin(), alerts.end(), [&](const AlertRule* candidate) {
    return candidate->name == alert;
  });
  sweep.settings = settings_of(*of, **found, !scenario.config->prometheus_url.empty());
  Choices now;
  for (const auto& setting : sweep.settings) now.push_back(setting.now);

  const Variant variant{played, rule, alert};
  Attempts attempts{variant, sweep.settings};
  const auto first = std::min(first_settings, sweep.settings.size());
  auto wanted = combinations(sweep.settings, 0, first, now);
  wanted.insert(wanted.begin(), now);
  if (auto fault = attempts.play(wanted)) return *std::move(fault);
  wanted.clear();
  for (const auto& attempt : some(attempts.front(), most_refined)) {
    const auto more = combinations(sweep.settings, first, sweep.settings.size(), attempt.choices);
    wanted.insert(wanted.end(), more.begin(), more.end());
  }
  if (auto fault = attempts.play(wanted)) return *std::move(fault);
  sweep.attempts = attempts.all().size();
  sweep.now = attempts.all().front();
  sweep.front = attempts.front();
  return sweep;
}

std::vector<Advice> advice(const Sweep& sweep) {
  const auto& front = sweep.front;
  std::vector<Advice> all;
  const auto add = [&](const char* name, std::size_t attempt) {
    const auto is_same = [&](const Advice& other) { return other.attempt == attempt; };
    if (std::none_of(all.begin(), all.end(), is_same)) all.push_back({name, attempt});
  };
  // The front begins with the lowest cost and ends with the fewest violations.
  const auto as_good = std::find_if(front.begin(), front.end(), [&](const Attempt& attempt) {
    return attempt.tried.violation_minutes <= sweep.now.tried.violation_minutes;
  });
  add("lowest cost as good as now", static_cast<std::size_t>(as_good - front.begin()));
  const auto& cheapest = front.front().tried;
  const auto& best = front.back().tried;
  const double cost = best.replica_minutes - cheapest.replica_minutes;
  const double violations = cheapest.violation_minutes - best.violation_minutes;
  if (cost > 0 && violations > 0) {
    const auto distance = [&](const Attempt& attempt) {
      return (attempt.tried.replica_minutes - cheapest.replica_minutes) / cost +
             (attempt.tried.violation_minutes - best.violation_minutes) / violations;
    };
    const auto balanced = std::min_element(
        front.begin(), front.end(),
        [&](const Attempt& one, const Attempt& other) { return distance(one) < distance(other); });
    add("best balance", static_cast<std::size_t>(balanced - front.begin()));
  }
  add("fewest violations", front.size() - 1);
  return all;
}

}  // namespace scalehook::simulate
