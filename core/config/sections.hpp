// The sections of the file, one reader each. What they read is checked as far as it can be without
// the plugins.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/config/value.hpp"

namespace scalehook::config {

enum class InstanceKind { scaler, notifier };

// `scalers` and `notifiers`; the pointers go along with the instances.
struct Instances {
  std::vector<PluginInstance> instances;
  std::vector<std::string> pointers;
};
Instances read_instances(const Value& section, InstanceKind kind);

// What a rule has from `defaults` as long as it says nothing itself.
struct Inherited {
  scaling::Behavior behavior;  // but for what follows here
  // Where neither says it, it depends on the rule's policy: see pace().
  std::optional<std::chrono::seconds> cooldown_out;
  std::optional<std::chrono::seconds> cooldown_in;
  std::optional<std::optional<std::chrono::seconds>> while_firing;  // none inside: off
  std::vector<std::string> notify;
  std::set<std::string, std::less<>> ignore_labels;
};

// The keys that `defaults` and rules share; they write into `to`, which outlives the reading.
std::vector<Value::Key> inherited_keys(Inherited& to, const std::vector<std::string>& notifiers);

// The whole behavior of a rule. What follows a value has no cooldown, as a HorizontalPodAutoscaler
// has none. What goes by steps, and `set` to a number, waits 3 minutes after a change out and 5
// after any change to go in; what goes by steps takes one every 3 minutes for as long as its alert
// fires.
scaling::Behavior paced(const Inherited& inherited);

// One element of `rules`.
Rule read_rule(const Value& value, const Inherited& defaults,
               const std::vector<std::string>& scalers, const std::vector<std::string>& notifiers);

// The rule that is there when none is written.
Rule from_labels(const Inherited& defaults);

// Adds a mistake if the name is there already.
void check_unique(const Value& value, const std::string& name, std::set<std::string>& seen);

}  // namespace scalehook::config
