#include "core/plugin/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include "core/plugin/call.hpp"
#include "core/plugin/host.hpp"
#include "core/plugin/text.hpp"
#include "core/plugin/workers.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::plugin {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_threads = 256;
constexpr std::chrono::seconds grace(1);  // for a create that is cancelled
constexpr std::chrono::seconds destructor_limit(10);

scalehook_text borrowed(std::string_view text) { return {text.data(), text.size()}; }

// The plugin's own instance and what its functions need. Held by every task: with an abandoned
// thread it lives on, and whoever lets go of it last destroys the plugin's instance.
struct Side {
  Side(std::shared_ptr<const Library> of, const std::string& name, Input settings)
      : library(std::move(of)),
        host(name, std::move(settings)),
        no_input(
            std::make_shared<const json::value>(json::object{{"instance", {{"name", name}}}})) {}
  ~Side() { destroy(); }
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;

  // Once no call is in flight, and none follows.
  void destroy() {
    scalehook_instance* const last = std::exchange(instance, nullptr);
    if (last == nullptr) return;
    try {
      library->table->destroy(last);
    } catch (...) {
      log::error("the plugin threw in destroy; this is a fault of the plugin",
                 {{"instance", host.name()}, {"plugin", library->name}});
    }
  }

  // The input with "instance" in it, as plugin.h promises.
  Input with_instance(const Input& input) const {
    if (input == nullptr || !input->is_object()) return no_input;
    if (input->get_object().contains("instance")) return input;
    json::object whole = input->get_object();
    whole["instance"] = no_input->at("instance");
    return std::make_shared<const json::value>(std::move(whole));
  }

  std::shared_ptr<const Library> library;
  Host host;
  Input no_input;                          // {"instance": {"name"}}, for calls that come without
  scalehook_instance* instance = nullptr;  // set by Creation, before other threads call
};

// Calls the plugin; whatever it throws or answers becomes an answer.
template <class Function>
ReadAnswer guarded(const std::string& plugin, CallKind kind, Call& call, Function function) {
  std::string what = "something that is no std::exception";
  try {
    return call.finish(function(), plugin);
  } catch (const std::exception& fault) {
    what = fault.what();
  } catch (...) {
  }
  ReadAnswer failed;
  failed.outcome = {Status::failed, "exception",
                    cleaned(fmt::format("plugin {} threw in {}: {}; this is a fault of the plugin",
                                        plugin, to_text(kind), what),
                            4096),
                    std::nullopt};
  return failed;
}

// The call of create, which may outlive who waits for it: an instance that comes too late is
// destroyed with the side.
struct Creation {
  Creation(std::shared_ptr<Side> of, std::chrono::milliseconds limit)
      : side(std::move(of)), call(CallKind::create, side->no_input, Clock::now() + limit) {}

  void run() {
    const Library& library = *side->library;
    scalehook_instance* made = nullptr;
    answer = guarded(library.name, CallKind::create, call,
                     [&] { return library.table->create(&side->host, &call, &made); });
    if (answer.outcome.status == Status::ok) side->instance = made;
    done.set_value();
  }

  const std::shared_ptr<Side> side;
  Call call;
  ReadAnswer answer;        // once done
  std::promise<void> done;  // create has returned
};

// The pairs of plugin.h, borrowed from the fields, with the schema's defaults.
class Target {
 public:
  explicit Target(const TargetFields& fields) {
    for (const auto& [key, value] : fields) pairs_.push_back({borrowed(key), borrowed(value)});
    target_ = {pairs_.data(), pairs_.size()};
  }
  const scalehook_target* get() const { return &target_; }

 private:
  std::vector<scalehook_pair> pairs_;
  scalehook_target target_{};
};

// A target's fields come from alerts: they are held against the schema at every call. Fills in the
// defaults; or an explanation.
std::optional<std::string> fit(const Schema& schema, TargetFields& fields) {
  json::object object;
  for (const auto& [key, value] : fields) object.emplace(key, value);
  const std::vector<SchemaFault> faults = schema.check(object);
  if (!faults.empty()) return "the target does not fit: " + to_text(faults);
  const json::value whole = schema.with_defaults(object);
  for (const auto& [key, value] : whole.get_object()) {
    fields.emplace(std::string(key), std::string(value.get_string()));
  }
  return std::nullopt;
}

// Another for each target.
std::string name_of(const TargetFields& fields) {
  std::string name;
  for (const auto& [key, value] : fields) ((name.append(key) += '\0').append(value) += '\0');
  return name;
}

WriteAnswer to_write(ReadAnswer answer) {
  return {std::move(answer.outcome), std::move(answer.version), answer.replicas};
}

}  // namespace

bool takes_groups(const Library& library) {
  const scalehook_notifier* const notifier = library.table->notifier;
  return notifier != nullptr && SCALEHOOK_HAS(notifier, notify_group);
}

std::string_view to_text(Status status) {
  constexpr std::string_view texts[] = {"ok",     "retry",   "failed",  "not-found", "conflict",
                                        "denied", "invalid", "refused", "cancelled"};
  return texts[static_cast<std::size_t>(status)];
}

class Instance::Impl {
 public:
  Impl(std::shared_ptr<Side> made, Observer observe, const Stuck& stuck)
      : side(std::move(made)),
        observer(std::make_shared<const Observer>(std::move(observe))),
        workers(side->library->name,
                std::clamp<std::size_t>(side->library->table->max_concurrency, 1, most_threads),
                [stuck, name = side->host.name()](bool is) {
                  if (stuck) stuck(name, is);
                }) {}

  // `function` is given the side and the call, on a worker.
  template <class Function>
  void submit(CallKind kind, std::string target, const Input& input, Deadline deadline,
              Function function, std::function<void(ReadAnswer)> answer) {
    Task task;
    task.kind = kind;
    task.target = std::move(target);
    task.deadline = deadline;
    task.call = std::make_shared<Call>(kind, side->with_instance(input), deadline);
    task.run = [side = side, function = std::move(function)](Call& call) mutable {
      return function(*side, call);
    };
    task.answer = [side = side, observer = observer, kind, answer = std::move(answer)](
                      ReadAnswer result, std::chrono::nanoseconds duration) {
      if (*observer) (*observer)(side->host.name(), to_text(kind), result.outcome, duration);
      answer(std::move(result));
    };
    workers.submit(std::move(task));
  }

  // A read or write: `function` is given table, instance, call and target.
  template <class Function>
  void submit_scaler(CallKind kind, TargetFields target, const Input& input, Deadline deadline,
                     Function function, std::function<void(ReadAnswer)> answer) {
    auto name = name_of(target);
    submit(
        kind, std::move(name), input, deadline,
        [kind, target = std::move(target), function = std::move(function)](
            const Side& own, Call& call) mutable -> ReadAnswer {
          const Library& library = *own.library;
          const auto refuse = [](Status status, std::string code, std::string explanation) {
            ReadAnswer refused;
            refused.outcome = {status, std::move(code), std::move(explanation), std::nullopt};
            return refused;
          };
          if (library.table->scaler == nullptr) {
            return refuse(Status::invalid, "no-scaler",
                          fmt::format("plugin {} is no scaler", library.name));
          }
          if (auto fault = fit(library.target, target)) {
            return refuse(Status::invalid, "target-invalid", std::move(*fault));
          }
          const Target fields(target);
          return guarded(library.name, kind, call, [&] {
            return function(*library.table->scaler, own.instance, call, fields.get());
          });
        },
        std::move(answer));
  }

  bool stop(Deadline limit) {
    const std::lock_guard lock(stop_mutex);
    if (!stopped) stopped = workers.stop(limit) && destroy(limit);
    return *stopped;
  }

  const std::shared_ptr<Side> side;
  const std::shared_ptr<const Observer> observer;
  Workers workers;

 private:
  // On a thread of its own: a plugin may hang here too.
  bool destroy(Deadline limit) const {
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> finished = done->get_future();
    std::thread thread;
    try {
      thread = start_thread([own = side, done] {
        own->destroy();
        done->set_value();
      });
    } catch (const std::system_error&) {  // too many: who lets go of it last destroys it
      return false;
    }
    if (finished.wait_until(limit) == std::future_status::ready) {
      thread.join();
      return true;
    }
    thread.detach();
    return false;
  }

  std::mutex stop_mutex;  // guards stopped; held while stopping, so that a second caller waits
  std::optional<bool> stopped;
};

boost::system::result<std::shared_ptr<Instance>, std::string> Instance::create(
    std::shared_ptr<const Library> library, const std::string& name, const json::value& settings,
    Observer observer, std::chrono::milliseconds limit, const Stuck& stuck) {
  const auto refuse = [&](std::string_view reason) {
    return fmt::format("{} (plugin {}): {}", name, library->name, reason);
  };
  const std::vector<SchemaFault> faults = library->settings.check(settings);
  if (!faults.empty()) return refuse("the settings do not fit: " + to_text(faults));

  const auto whole = std::make_shared<const json::value>(library->settings.with_defaults(settings));
  const auto creation =
      std::make_shared<Creation>(std::make_shared<Side>(library, name, whole), limit);
  const std::shared_ptr<Side>& side = creation->side;
  std::future<void> finished = creation->done.get_future();
  std::thread thread;
  try {
    thread = start_thread([creation] { creation->run(); });
  } catch (const std::system_error& fault) {
    return refuse(fmt::format("no thread to create it on: {}", fault.what()));
  }
  const auto seconds = std::chrono::duration<double>(limit).count();
  const bool in_time = finished.wait_for(limit) == std::future_status::ready;
  if (!in_time) {
    creation->call.cancel();
    if (finished.wait_for(grace) != std::future_status::ready) {
      thread.detach();
      return refuse(
          fmt::format("create did not end within {:g} s, nor when it was cancelled; its thread is "
                      "abandoned, and this is a fault of the plugin",
                      seconds));
    }
  }
  thread.join();
  const Outcome& outcome = creation->answer.outcome;
  if (!in_time && outcome.status != Status::ok) {
    return refuse(fmt::format("create did not end within {:g} s and was cancelled{}{}", seconds,
                              outcome.explanation.empty() ? "" : ": ", outcome.explanation));
  }
  if (outcome.status != Status::ok) {
    return refuse(
        outcome.explanation.empty()
            ? fmt::format("create ended with {}, without an explanation", to_text(outcome.status))
            : outcome.explanation);
  }
  if (side->instance == nullptr) return refuse("create answered ok without an instance");
  return std::shared_ptr<Instance>(
      new Instance(std::make_unique<Impl>(side, std::move(observer), stuck)));
}

Instance::Instance(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Instance::~Instance() {
  if (!stop(destructor_limit)) {
    log::error("the plugin did not stop; its thread is abandoned",
               {{"instance", name()}, {"plugin", library().name}});
  }
}

const std::string& Instance::name() const { return impl_->side->host.name(); }
const Library& Instance::library() const { return *impl_->side->library; }

void Instance::read(TargetFields target, const Input& input, Deadline deadline,
                    std::function<void(ReadAnswer)> answer) {
  impl_->submit_scaler(
      CallKind::read, std::move(target), input, deadline,
      [](const scalehook_scaler& scaler, scalehook_instance* instance, Call& call,
         const scalehook_target* fields) { return scaler.read(instance, &call, fields); },
      std::move(answer));
}

void Instance::write(TargetFields target, std::int64_t replicas, std::string version, bool dry_run,
                     const Input& input, Deadline deadline,
                     std::function<void(WriteAnswer)> answer) {
  impl_->submit_scaler(
      CallKind::write, std::move(target), input, deadline,
      [replicas, version = std::move(version), dry_run](const scalehook_scaler& scaler,
                                                        scalehook_instance* instance, Call& call,
                                                        const scalehook_target* fields) {
        const scalehook_text expected = version.empty() ? scalehook_text{} : borrowed(version);
        return scaler.write(instance, &call, fields, replicas, expected, dry_run);
      },
      [answer = std::move(answer)](ReadAnswer result) { answer(to_write(std::move(result))); });
}

void Instance::notify(std::vector<std::string> events, const Input& input, Deadline deadline,
                      std::function<void(Outcome)> answer) {
  impl_->submit(
      CallKind::notify, {}, input, deadline,
      [events = std::move(events)](const Side& own, Call& call) {
        const Library& library = *own.library;
        const auto refuse = [&](std::string code, std::string_view lack) {
          ReadAnswer refused;
          refused.outcome = {Status::invalid, std::move(code),
                             fmt::format("plugin {} {}", library.name, lack), std::nullopt};
          return refused;
        };
        const scalehook_notifier* const notifier = library.table->notifier;
        if (notifier == nullptr) return refuse("no-notifier", "is no notifier");
        if (events.size() != 1 && !takes_groups(library)) {
          return refuse("no-groups", "tells of one event at a time");
        }
        std::vector<scalehook_text> texts;
        for (const std::string& event : events) texts.push_back(borrowed(event));
        return guarded(library.name, CallKind::notify, call, [&] {
          return texts.size() == 1
                     ? notifier->notify(own.instance, &call, texts.front())
                     : notifier->notify_group(own.instance, &call, texts.data(), texts.size());
        });
      },
      [answer = std::move(answer)](ReadAnswer result) { answer(std::move(result.outcome)); });
}

bool Instance::stop(std::chrono::milliseconds limit) { return impl_->stop(Clock::now() + limit); }

}  // namespace scalehook::plugin
