// The configuration as one immutable value.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/rules/rule.hpp"
#include "core/scaling/fleet.hpp"
#include "core/scaling/policy.hpp"

namespace scalehook::config {

// A scaler or notifier: a plugin with settings of its own.
struct PluginInstance {
  std::string name;
  std::string plugin;
  boost::json::object settings;  // as written; the plugin's schema fills in defaults
  // Notifiers only: which kinds of event are delivered; empty means all.
  std::set<std::string> events;
  // Notifiers only: how long an event waits for others, to be told with them; none: it is not said.
  std::optional<std::chrono::seconds> group_wait{};
};

struct Rule {
  rules::Rule selection;
  scaling::Behavior behavior;
  std::vector<std::string> notify;  // names of notifiers; all of them if the file names none
};

// When a notification is answered 200.
enum class Ack {
  journaled,  // it is on disk
  applied,    // all its targets are decided, and changed where that can be
};

struct Config {
  Ack ack = Ack::journaled;  // applied only with an Alertmanager, of which claims can be rebuilt
  std::vector<std::string> alertmanager_urls;  // all of one cluster; empty: not asked
  // So long after its start an Alertmanager has heard of all that fires.
  std::chrono::seconds alertmanager_settled = std::chrono::minutes{5};
  std::string alertmanager_receiver;  // that posts here; empty: any may
  std::string prometheus_url;         // empty: not asked
  // Where plugins are looked for, in order; empty: <prefix>/lib/scalehook/plugins of this binary.
  std::vector<std::string> plugin_directories;
  std::vector<std::string> webhook_paths{"/hpa"};  // /hpa first, then the file's further ones
  std::chrono::seconds history_retention = std::chrono::days{30};  // of decision records
  std::vector<PluginInstance> scalers;
  std::vector<PluginInstance> notifiers;
  std::vector<Rule> rules;  // first match wins
  scaling::Budget budget;
  // After a start nothing is scaled in for so long that was not confirmed since.
  std::chrono::seconds startup_grace = std::chrono::minutes{5};
};

// The rule of that name; null if there is none.
const Rule* find_rule(const Config& config, std::string_view name);

// What is in force with no file at all: scalers `deployment` and `statefulset` with the plugins
// k8s-deployment and k8s-statefulset and no settings, a notifier `log`, and the rule `from-labels`.
Config built_in();

}  // namespace scalehook::config
