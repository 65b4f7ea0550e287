#include "core/app/loading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

namespace scalehook::app {
namespace {

using config::Mistake;
using plugin::Library;
using namespace std::chrono_literals;

// <prefix>/lib/scalehook/plugins of <prefix>/bin/scalehook, wherever that was put.
std::string default_plugin_directory() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path().parent_path() / "lib" / "scalehook" / "plugins").string();
}

std::string in_quotes(std::string_view text) { return "\"" + std::string{text} + "\""; }

class Checker {
 public:
  // `known` are the mistakes found so far; what they are about is not judged again. `directories`
  // are those that the catalog is of.
  Checker(const config::Document& document, const plugin::Catalog& catalog,
          const std::vector<std::string>& directories, std::vector<Mistake> known)
      : document_{document},
        catalog_{catalog},
        directories_{directories},
        mistakes_{std::move(known)} {}

  void instance(const config::PluginInstance& instance, const std::string& pointer, bool scaler) {
    if (touched(pointer + "/plugin") || touched(pointer + "/settings") || instance.plugin.empty()) {
      return;
    }
    const auto library = catalog_.find(instance.plugin);
    if (!library) {
      std::string message = unknown_plugin(instance.plugin);
      if (!pointer.empty()) return mistake(pointer + "/plugin", message);
      return mistake("", message + "; " + in_quotes(instance.name) +
                             ", which is there if none is written, needs it");
    }
    const bool fits =
        scaler ? library->table->scaler != nullptr : library->table->notifier != nullptr;
    if (!fits) {
      return mistake(pointer + "/plugin", "plugin " + in_quotes(instance.plugin) + " is no " +
                                              (scaler ? "scaler" : "notifier"));
    }
    for (const auto& fault : library->settings.check(instance.settings)) {
      mistake(pointer + "/settings", fault);
    }
    if (instance.group_wait > 0s && !plugin::takes_groups(*library)) {
      mistake(pointer + "/group_wait", "plugin " + in_quotes(instance.plugin) +
                                           " tells of one event at a time; leave it out");
    }
  }

  void rule(const config::Rule& rule, const std::string& pointer) {
    if (touched(pointer + "/target")) return;
    target(rule.selection.scaler, rule.selection.target, pointer + "/target");
  }

  std::vector<Mistake> all() {
    std::stable_sort(mistakes_.begin(), mistakes_.end(), [](const auto& a, const auto& b) {
      return std::pair{a.place.line, a.place.column} < std::pair{b.place.line, b.place.column};
    });
    return std::move(mistakes_);
  }

 private:
  void mistake(const std::string& pointer, const std::string& message) {
    mistakes_.push_back({document_.place(pointer), pointer, message});
  }

  void mistake(const std::string& top, const plugin::SchemaFault& fault) {
    const std::string pointer = top + fault.pointer;
    const bool of_key = fault.of == plugin::SchemaFault::Of::key;
    mistakes_.push_back(
        {of_key ? document_.key_place(pointer) : document_.place(pointer), pointer, fault.message});
  }

  bool touched(const std::string& pointer) const {
    return std::any_of(mistakes_.begin(), mistakes_.end(), [&](const Mistake& mistake) {
      return !pointer.empty() && mistake.pointer.starts_with(pointer);
    });
  }

  std::string unknown_plugin(const std::string& name) const {
    std::string message =
        fmt::format("there is no plugin \"{}\" in {}; found:", name, fmt::join(directories_, ", "));
    for (const auto& library : catalog_.libraries) message += " " + library->name;
    if (catalog_.libraries.empty()) message += " none";
    // If a file of that name was refused, why that was says it all.
    const auto is_of_it = [file = "/" + name + ".so: "](const std::string& refusal) {
      return refusal.find(file) != std::string::npos;
    };
    const bool is_refused = std::ranges::any_of(catalog_.refusals, is_of_it);
    for (const auto& refusal : catalog_.refusals) {
      if (!is_refused || is_of_it(refusal)) message += "; " + refusal;
    }
    return message;
  }

  // What a label fills in is not known yet; what stands there already must fit.
  void target(const std::string& scaler_name, const plugin::TargetFields& fields,
              const std::string& pointer) {
    const auto& scalers = document_.config.scalers;
    const auto scaler = std::find_if(scalers.begin(), scalers.end(), [&](const auto& candidate) {
      return candidate.name == scaler_name;
    });
    if (scaler == scalers.end()) return;  // "${…}": known when an alert comes
    const auto library = catalog_.find(scaler->plugin);
    if (!library || library->table->scaler == nullptr) return;
    boost::json::object object;
    for (const auto& [field, value] : fields) object[field] = value;
    for (const auto& fault : library->target.check(object)) {
      const auto field = fields.find(fault.pointer.empty() ? "" : fault.pointer.substr(1));
      const bool filled_in = field != fields.end() && field->second.find("${") != std::string::npos;
      if (!filled_in || fault.of == plugin::SchemaFault::Of::key) mistake(pointer, fault);
    }
  }

  const config::Document& document_;
  const plugin::Catalog& catalog_;
  const std::vector<std::string>& directories_;
  std::vector<Mistake> mistakes_;
};

constexpr std::size_t most_targets_remembered = 10'000;

dispatch::Scaler scaler_of(const std::shared_ptr<plugin::Instance>& instance) {
  dispatch::Scaler scaler;
  // The same few come with every notification. Only the engine's thread asks.
  const auto good = std::make_shared<std::set<plugin::TargetFields>>();
  scaler.check = [instance, good](const plugin::TargetFields& fields) {
    if (good->contains(fields)) return std::optional<std::string>{};
    auto fault = check_target(instance->library(), fields);
    if (!fault && good->size() < most_targets_remembered) good->insert(fields);
    return fault;
  };
  scaler.read = [instance](plugin::TargetFields fields, const plugin::Input& input,
                           std::chrono::milliseconds limit,
                           std::function<void(plugin::ReadAnswer)> answer) {
    instance->read(std::move(fields), input, std::chrono::steady_clock::now() + limit,
                   std::move(answer));
  };
  scaler.write = [instance](plugin::TargetFields fields, std::int64_t replicas, std::string version,
                            bool dry_run, const plugin::Input& input,
                            std::chrono::milliseconds limit,
                            std::function<void(plugin::WriteAnswer)> answer) {
    instance->write(std::move(fields), replicas, std::move(version), dry_run, input,
                    std::chrono::steady_clock::now() + limit, std::move(answer));
  };
  return scaler;
}

// So that a burst is one mail, and it still comes soon.
constexpr std::chrono::seconds default_group_wait{10};

dispatch::Notifier notifier_of(const std::shared_ptr<plugin::Instance>& instance,
                               const config::PluginInstance& wanted) {
  dispatch::Notifier notifier;
  notifier.events = wanted.events;
  const bool groups = plugin::takes_groups(instance->library());
  notifier.group_wait = wanted.group_wait.value_or(groups ? default_group_wait : 0s);
  notifier.notify = [instance](std::vector<std::string> events, const plugin::Input& input,
                               std::chrono::milliseconds limit,
                               std::function<void(plugin::Outcome)> answer) {
    instance->notify(std::move(events), input, std::chrono::steady_clock::now() + limit,
                     std::move(answer));
  };
  return notifier;
}

// Short, for a lane waits for it, and so does a stop.
constexpr std::chrono::milliseconds question_limit = std::chrono::seconds{5};

dispatch::Upstream upstream_of(upstream::Client& client, const config::Config& config) {
  dispatch::Upstream upstream;
  if (!config.alertmanager_urls.empty()) {
    upstream.alerts = [&client](std::function<void(upstream::AlertsAnswer)> answer) {
      client.ask_alerts(std::move(answer));
    };
  }
  if (!config.prometheus_url.empty()) {
    upstream.query = [&client](std::string expression,
                               std::function<void(upstream::QueryAnswer)> answer) {
      client.ask_query(std::move(expression), std::move(answer));
    };
  }
  return upstream;
}

}  // namespace

boost::system::result<Checked, std::string> check(const std::string& file) {
  Checked checked;
  std::vector<Mistake> mistakes;
  if (file.empty()) {
    checked.document = config::read("").document;
  } else {
    auto reading = config::read_file(file);
    checked.document = std::move(reading.document);
    mistakes = std::move(reading.mistakes);
  }
  const auto& config = checked.document.config;
  auto directories = config.plugin_directories;
  if (directories.empty()) directories.push_back(default_plugin_directory());
  checked.catalog = plugin::load_all(directories);

  Checker checker{checked.document, checked.catalog, directories, std::move(mistakes)};
  for (std::size_t index = 0; index < config.scalers.size(); ++index) {
    checker.instance(config.scalers[index], checked.document.scaler_pointers[index], true);
  }
  for (std::size_t index = 0; index < config.notifiers.size(); ++index) {
    checker.instance(config.notifiers[index], checked.document.notifier_pointers[index], false);
  }
  for (std::size_t index = 0; index < config.rules.size(); ++index) {
    checker.rule(config.rules[index], checked.document.rule_pointers[index]);
  }
  const auto all = checker.all();
  if (all.empty()) return checked;
  return config::to_text(file.empty() ? "(built-in configuration)" : file, all);
}

std::optional<std::string> check_target(const plugin::Library& library,
                                        const plugin::TargetFields& fields) {
  boost::json::object object;
  for (const auto& [field, value] : fields) object[field] = value;
  const auto faults = library.target.check(object);
  if (faults.empty()) return std::nullopt;
  const auto& fault = faults.front();
  return (fault.pointer.empty() ? "" : fault.pointer.substr(1) + ": ") + fault.message;
}

boost::system::result<std::shared_ptr<Running>, std::string> Running::create(
    const Checked& checked, const std::string& file, telemetry::Metrics& metrics) {
  auto running = std::make_shared<Running>();
  auto setup = std::make_shared<dispatch::Setup>();
  setup->config = std::make_shared<const config::Config>(checked.document.config);
  const auto observe = [&metrics](const std::string& instance, std::string_view call,
                                  const plugin::Outcome& outcome,
                                  std::chrono::nanoseconds duration) {
    metrics.plugin_call(instance, call, plugin::to_text(outcome.status), outcome.code, duration);
  };

  const auto note_stuck = [&metrics](const std::string& instance, bool stuck) {
    metrics.plugin_stuck(instance, stuck);
  };

  std::vector<Mistake> refusals;
  const auto create = [&](const config::PluginInstance& wanted,
                          const std::string& pointer) -> std::shared_ptr<plugin::Instance> {
    auto instance =
        plugin::Instance::create(checked.catalog.find(wanted.plugin), wanted.name, wanted.settings,
                                 observe, std::chrono::seconds{30}, note_stuck);
    if (instance) {
      running->instances_.push_back(*instance);
      return *std::move(instance);
    }
    refusals.push_back({checked.document.place(pointer), pointer, instance.error()});
    return nullptr;
  };
  for (std::size_t index = 0; index < setup->config->scalers.size(); ++index) {
    const auto& wanted = setup->config->scalers[index];
    if (auto instance = create(wanted, checked.document.scaler_pointers[index])) {
      metrics.plugin_instance(wanted.name, telemetry::InstanceKind::scaler);
      setup->scalers[wanted.name] = scaler_of(instance);
    }
  }
  for (std::size_t index = 0; index < setup->config->notifiers.size(); ++index) {
    const auto& wanted = setup->config->notifiers[index];
    if (auto instance = create(wanted, checked.document.notifier_pointers[index])) {
      metrics.plugin_instance(wanted.name, telemetry::InstanceKind::notifier);
      setup->notifiers[wanted.name] = notifier_of(instance, wanted);
    }
  }
  const auto& config = *setup->config;
  if (!config.alertmanager_urls.empty() || !config.prometheus_url.empty()) {
    running->upstream_ = std::make_unique<upstream::Client>(config.alertmanager_urls,
                                                            config.prometheus_url, question_limit);
    setup->upstream = upstream_of(*running->upstream_, config);
  }
  running->setup_ = std::move(setup);
  if (refusals.empty()) return running;
  running->stop(std::chrono::seconds{1});
  return config::to_text(file.empty() ? "(built-in configuration)" : file, refusals);
}

bool Running::stop(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  bool all = true;
  upstream_.reset();
  for (const auto& instance : instances_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    all = instance->stop(std::max(left, std::chrono::milliseconds{0})) && all;
  }
  return all;
}

}  // namespace scalehook::app
