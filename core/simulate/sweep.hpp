// Which settings of a rule serve a load best.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/simulate/simulation.hpp"

namespace scalehook::simulate {

// A value that a setting of a rule, or of its alert, may have.
struct Choice {
  std::string value;  // as it is written in a file
  std::function<void(config::Rule&, AlertRule&)> apply;
};

struct Setting {
  std::string name;
  std::vector<Choice> choices;  // at least one
  std::size_t now = 0;          // the one that is set
};

// The settings that matter to the rule: the target of `per_replica` and `ratio`, or the threshold
// of the alert; the window of the way in; and with `asks_prometheus` how often it asks, and how
// steps fit.
std::vector<Setting> settings_of(const config::Rule& rule, const AlertRule& alert,
                                 bool asks_prometheus);

// A play with one choice of each setting.
struct Attempt {
  std::vector<std::size_t> choices;  // by setting
  Verdict tried, held_out;           // of the two spans
};

struct Sweep {
  std::vector<Setting> settings;
  Span tried, held_out;
  std::size_t attempts{};
  Attempt now;
  // Those for which no other has both fewer violations and a lower cost over the first span; the
  // lowest cost first.
  std::vector<Attempt> front;
};

// Plays the scenario's load with other settings of the rule of that name and the alert of that
// name: every target or threshold with every window, then around the best of them the other
// settings. What is best is chosen over the first two thirds after `from`; the last third is held
// out. Several threads; on failure one sentence.
boost::system::result<Sweep, std::string> sweep(const Scenario& scenario, const std::string& rule,
                                                const std::string& alert, Time from);

// Which of the front are worth having: of at most three, those that differ.
struct Advice {
  std::string name;       // "fewest violations", "best balance", "lowest cost as good as now"
  std::size_t attempt{};  // of the front
};
std::vector<Advice> advice(const Sweep& sweep);

}  // namespace scalehook::simulate
