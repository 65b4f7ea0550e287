#include "core/telemetry/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/telemetry/process.hpp"

namespace scalehook::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::array scaler_calls = {"read", "write"};
constexpr std::array notifier_calls = {"notify"};
constexpr std::array deliveries = {"delivered", "failed", "dropped"};

const Histogram::BucketBoundaries request_buckets = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
const Histogram::BucketBoundaries call_buckets = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                  0.5,   1,     2.5,  5,     10,   30};
const Histogram::BucketBoundaries commit_buckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                    0.05,   0.1,   0.25,   0.5,   1,    5};

// Keeps the first `limit` values of a label apart; all further ones are "other".
class BoundedLabel {
 public:
  explicit BoundedLabel(std::size_t limit) : limit_(limit) {}

  std::string operator()(std::string_view value) {
    const std::lock_guard lock(mutex_);
    if (const auto known = values_.find(value); known != values_.end()) return *known;
    if (values_.size() >= limit_ || !is_word(value)) return "other";
    return *values_.emplace(value).first;
  }

 private:
  // Printable ASCII of a moderate length: all that codes and routes are made of.
  static bool is_word(std::string_view value) {
    return value.size() <= 64 &&
           std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 0x7F; });
  }

  const std::size_t limit_;
  std::mutex mutex_;  // guards values_
  std::set<std::string, std::less<>> values_;
};

// What has been found by its labels once, for looking it up costs more than to count.
template <typename Found>
class Cache {
 public:
  template <typename Find>
  const Found& operator()(std::initializer_list<std::string_view> labels, Find find) {
    std::string key;
    for (const auto label : labels) (key += label) += '\0';
    const std::lock_guard lock(mutex_);
    const auto known = found_.find(key);
    if (known != found_.end()) return known->second;
    return found_.emplace(std::move(key), find()).first->second;
  }

 private:
  std::mutex mutex_;  // guards found_
  std::unordered_map<std::string, Found> found_;
};

// Of one path, method and code.
struct Requests {
  Counter* count;
  Histogram* duration;
};

double seconds(Metrics::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Family<Counter>& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Family<Histogram>& histogram(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

class Metrics::Impl {
 public:
  prometheus::Registry registry;
  Process process;
  BoundedLabel path{64};
  BoundedLabel code{128};

  Family<Gauge>& build_info =
      gauge(registry, "scalehook_build_info", "The version that runs; the value is always 1.");

  Family<Counter>& http_requests =
      counter(registry, "scalehook_http_requests_total", "HTTP requests answered.");
  Family<Histogram>& http_request_duration =
      histogram(registry, "scalehook_http_request_duration_seconds",
                "Time from the whole request read to the answer written.");
  Cache<Requests> http;
  Gauge& http_connections =
      gauge(registry, "scalehook_http_connections", "HTTP connections open now.").Add({});

  Counter& notifications =
      counter(registry, "scalehook_notifications_total", "Webhook notifications accepted.").Add({});
  Gauge& notifications_undecided =
      gauge(registry, "scalehook_notifications_undecided",
            "Notifications that are accepted and not decided for all their workloads yet.")
          .Add({});
  Family<Counter>& alerts = counter(registry, "scalehook_alerts_received_total",
                                    "Alerts in accepted notifications, by their own status.");
  Counter& alerts_firing = alerts.Add({{"status", "firing"}});
  Counter& alerts_resolved = alerts.Add({{"status", "resolved"}});
  Counter& alerts_invalid = alerts.Add({{"status", "invalid"}});
  Counter& alerts_truncated = counter(registry, "scalehook_alerts_truncated_total",
                                      "Alerts that Alertmanager left out of its notifications.")
                                  .Add({});

  Family<Counter>& decisions =
      counter(registry, "scalehook_decisions_total", "Decisions, by what came of them and why.");
  Cache<Counter*> decisions_of;

  Family<Counter>& plugin_calls =
      counter(registry, "scalehook_plugin_calls_total", "Calls of plugins, by how they ended.");
  Family<Histogram>& plugin_call_duration =
      histogram(registry, "scalehook_plugin_call_duration_seconds",
                "Time that calls of plugins took in the plugin.");
  Family<Gauge>& circuit_open =
      gauge(registry, "scalehook_scaler_circuit_open",
            "1 while no target of the scaler can be reached and only one is tried now and then.");
  Family<Gauge>& plugin_stuck =
      gauge(registry, "scalehook_plugin_stuck",
            "1 while a call of the instance does not return and it is given no other.");
  Family<Counter>& notifier_events = counter(registry, "scalehook_notifier_events_total",
                                             "Events for notifiers, by how they ended.");
  Family<Gauge>& notifier_queues = gauge(registry, "scalehook_notifier_queue_length",
                                         "Events that wait to be delivered to a notifier.");

  Gauge& reload_successful = gauge(registry, "scalehook_config_last_reload_successful",
                                   "Whether the last load of the configuration was successful.")
                                 .Add({});
  Gauge& reload_success_time =
      gauge(registry, "scalehook_config_last_reload_success_timestamp_seconds",
            "Time of the last successful load of the configuration.")
          .Add({});

  Histogram& journal_commit_duration =
      histogram(registry, "scalehook_journal_commit_duration_seconds",
                "Time that the journal's transactions took, with their sync to disk.")
          .Add({}, commit_buckets);
  Counter& journal_commit_failures = counter(registry, "scalehook_journal_commit_failures_total",
                                             "Transactions of the journal that failed.")
                                         .Add({});
  Counter& journal_salvages =
      counter(registry, "scalehook_journal_salvages_total",
              "Damaged journals that were set aside, and read as far as they could be.")
          .Add({});
  Gauge& journal_queue_length =
      gauge(registry, "scalehook_journal_queue_length", "Writes that wait for the journal.")
          .Add({});
};

Metrics::Metrics(std::string_view version, std::string_view revision)
    : impl_(std::make_unique<Impl>()) {
  prometheus::Labels labels{{"version", std::string(version)}};
  if (!revision.empty()) labels.emplace("revision", revision);
  impl_->build_info.Add(labels).Set(1);
}

Metrics::~Metrics() = default;

std::string Metrics::render() const {
  auto families = impl_->registry.Collect();
  auto process = impl_->process.Collect();
  families.insert(families.end(), std::make_move_iterator(process.begin()),
                  std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

void Metrics::http_request(std::string_view path, std::string_view method, unsigned status,
                           Duration duration) {
  const std::string code = std::to_string(status);
  const auto& requests = impl_->http({path, method, code}, [&] {
    const std::string route = impl_->path(path);
    return Requests{&impl_->http_requests.Add(
                        {{"path", route}, {"method", std::string(method)}, {"code", code}}),
                    &impl_->http_request_duration.Add({{"path", route}}, request_buckets)};
  });
  requests.count->Increment();
  requests.duration->Observe(seconds(duration));
}

void Metrics::http_connections(std::size_t open) {
  impl_->http_connections.Set(static_cast<double>(open));
}

void Metrics::notification_received() { impl_->notifications.Increment(); }

void Metrics::notifications_undecided(std::size_t count) {
  impl_->notifications_undecided.Set(static_cast<double>(count));
}

void Metrics::alerts_received(std::size_t firing, std::size_t resolved, std::size_t invalid) {
  impl_->alerts_firing.Increment(static_cast<double>(firing));
  impl_->alerts_resolved.Increment(static_cast<double>(resolved));
  impl_->alerts_invalid.Increment(static_cast<double>(invalid));
}

void Metrics::alerts_truncated(std::size_t count) {
  impl_->alerts_truncated.Increment(static_cast<double>(count));
}

void Metrics::decision_reason(std::string_view scaler, std::string_view reason) {
  decided(scaler, reason, 0);
}

void Metrics::decided(std::string_view scaler, std::string_view reason, std::size_t count) {
  impl_
      ->decisions_of({scaler, reason},
                     [&] {
                       return &impl_->decisions.Add(
                           {{"scaler", std::string(scaler)}, {"reason", std::string(reason)}});
                     })
      ->Increment(static_cast<double>(count));
}

void Metrics::plugin_instance(std::string_view instance, InstanceKind kind) {
  plugin_stuck(instance, false);
  const auto announce = [&](const char* call) {
    const std::string name(instance);
    impl_->plugin_calls.Add({{"instance", name}, {"call", call}, {"status", "ok"}, {"code", ""}});
    impl_->plugin_call_duration.Add({{"instance", name}, {"call", call}}, call_buckets);
  };
  if (kind == InstanceKind::scaler) {
    circuit_open(instance, false);
    std::for_each(scaler_calls.begin(), scaler_calls.end(), announce);
    return;
  }
  notifier_queue(instance, 0);
  std::for_each(notifier_calls.begin(), notifier_calls.end(), announce);
  for (const char* outcome : deliveries) {
    impl_->notifier_events.Add({{"notifier", std::string(instance)}, {"outcome", outcome}});
  }
}

void Metrics::plugin_call(std::string_view instance, std::string_view call, std::string_view status,
                          std::string_view code, Duration duration) {
  const std::string name(instance);
  const std::string function(call);
  impl_->plugin_calls
      .Add({{"instance", name},
            {"call", function},
            {"status", std::string(status)},
            {"code", impl_->code(code)}})
      .Increment();
  impl_->plugin_call_duration.Add({{"instance", name}, {"call", function}}, call_buckets)
      .Observe(seconds(duration));
}

void Metrics::circuit_open(std::string_view scaler, bool open) {
  impl_->circuit_open.Add({{"scaler", std::string(scaler)}}).Set(open ? 1 : 0);
}

void Metrics::plugin_stuck(std::string_view instance, bool stuck) {
  impl_->plugin_stuck.Add({{"instance", std::string(instance)}}).Set(stuck ? 1 : 0);
}

void Metrics::notifier_queue(std::string_view notifier, std::size_t waiting) {
  impl_->notifier_queues.Add({{"notifier", std::string(notifier)}})
      .Set(static_cast<double>(waiting));
}

void Metrics::notifier_event(std::string_view notifier, Delivery delivery) {
  impl_->notifier_events
      .Add({{"notifier", std::string(notifier)},
            {"outcome", deliveries.at(static_cast<std::size_t>(delivery))}})
      .Increment();
}

void Metrics::config_reloaded(bool successful) {
  impl_->reload_successful.Set(successful ? 1 : 0);
  if (successful) impl_->reload_success_time.SetToCurrentTime();
}

void Metrics::journal_committed(bool successful, Duration duration) {
  impl_->journal_commit_duration.Observe(seconds(duration));
  if (!successful) impl_->journal_commit_failures.Increment();
}

void Metrics::journal_salvaged() { impl_->journal_salvages.Increment(); }

void Metrics::journal_queue(std::size_t length) {
  impl_->journal_queue_length.Set(static_cast<double>(length));
}

}  // namespace scalehook::telemetry
