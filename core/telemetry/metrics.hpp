// What scalehook measures of itself, in Prometheus's text format.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace scalehook::telemetry {

enum class InstanceKind { scaler, notifier };

// How the delivery of an event to a notifier ended: for good, after retries, or because its queue
// was full.
enum class Delivery { delivered, failed, dropped };

// Every metric of the daemon. Counters whose labels are known beforehand exist from the start, at
// 0, so that rate() sees their first increment. Labels are bounded: of paths and of a plugin's
// codes only so many different ones are kept, the rest is "other". All methods from any thread.
class Metrics {
 public:
  using Duration = std::chrono::nanoseconds;

  // `revision` may be empty.
  explicit Metrics(std::string_view version, std::string_view revision = {});
  ~Metrics();

  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  // All of them, with the process's own numbers read now.
  std::string render() const;

  // Web server. `path` should be a route and `method` one of HTTP's, not what a client invents.
  void http_request(std::string_view path, std::string_view method, unsigned status,
                    Duration duration);
  void http_connections(std::size_t open);

  // Webhook.
  void notification_received();
  void notifications_undecided(std::size_t count);
  void alerts_received(std::size_t firing, std::size_t resolved, std::size_t invalid);
  void alerts_truncated(std::size_t count);

  // So many decisions about workloads of that scaler; about none it is empty. `reason` is one of a
  // closed list ("applied", "no-rule", …). Announce each pair that may come.
  void decision_reason(std::string_view scaler, std::string_view reason);
  void decided(std::string_view scaler, std::string_view reason, std::size_t count = 1);

  // Plugins. Announce each instance when it is created.
  void plugin_instance(std::string_view instance, InstanceKind kind);
  void plugin_call(std::string_view instance, std::string_view call, std::string_view status,
                   std::string_view code, Duration duration);
  void circuit_open(std::string_view scaler, bool open);
  void plugin_stuck(std::string_view instance, bool stuck);
  void notifier_event(std::string_view notifier, Delivery delivery);
  void notifier_queue(std::string_view notifier, std::size_t waiting);

  // A load or reload of the configuration that ended now.
  void config_reloaded(bool successful);

  // One transaction of the journal, and what waits behind it.
  void journal_committed(bool successful, Duration duration);
  void journal_queue(std::size_t length);
  void journal_salvaged();  // a damaged file was set aside

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scalehook::telemetry
