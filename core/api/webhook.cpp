#include "core/api/webhook.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "core/alert/parse.hpp"
#include "core/api/parameters.hpp"
#include "core/api/reply.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::api {
namespace {

void count(telemetry::Metrics& metrics, const alert::Notification& notification,
           const std::string& remote) {
  const auto firing =
      std::count_if(notification.alerts.begin(), notification.alerts.end(),
                    [](const auto& alert) { return alert.status == alert::Status::firing; });
  metrics.notification_received();
  metrics.alerts_received(static_cast<std::size_t>(firing),
                          notification.alerts.size() - static_cast<std::size_t>(firing),
                          notification.bad_alert_count);
  metrics.alerts_truncated(notification.truncated_alerts);
  for (const auto& bad : notification.bad_alerts) {
    log::warn("alert could not be read",
              {{"remote", remote}, {"where", bad.pointer}, {"explanation", bad.reason}});
  }
  if (notification.bad_alert_count > notification.bad_alerts.size()) {
    log::warn("more alerts could not be read",
              {{"remote", remote},
               {"count", notification.bad_alert_count - notification.bad_alerts.size()}});
  }
  if (notification.truncated_alerts > 0) {
    log::warn("notification was truncated by Alertmanager: raise the receiver's max_alerts",
              {{"receiver", notification.receiver}, {"dropped", notification.truncated_alerts}});
  }
}

http::Response accepted() {
  http::Response done;
  done.body = "{\"status\":\"success\"}\n";
  return done;
}

// Never 429: with that Alertmanager waits for the next group interval.
http::Response come_again(const std::string& why) {
  auto refusal = error(503, why);
  refusal.headers.emplace_back("Retry-After", "5");
  return refusal;
}

}  // namespace

std::optional<std::string> unavailable(const dispatch::Engine& engine) {
  if (auto why = engine.waits_for()) return why;
  if (engine.undecided() < most_undecided) return std::nullopt;
  return std::to_string(most_undecided) +
         " notifications wait to be decided, and no more are taken until some are";
}

http::Handler webhook(journal::Journal& journal, dispatch::Engine& engine,
                      telemetry::Metrics& metrics) {
  return [&journal, &engine, &metrics](http::Request request, const http::Reply& reply) {
    if (auto refusal = unless_json(request)) return reply(*std::move(refusal));
    if (const auto why = unavailable(engine)) return reply(come_again(*why));
    auto parsed = alert::parse(request.body);
    if (!parsed) {
      log::warn("webhook body is no notification", {{"remote", request.remote},
                                                    {"where", parsed.error().where},
                                                    {"explanation", parsed.error().message}});
      return reply(error(400, parsed.error().message, parsed.error().where));
    }
    count(metrics, *parsed, request.remote);

    const auto received_at =
        std::chrono::time_point_cast<journal::Time::duration>(std::chrono::system_clock::now());
    const auto coming = dispatch::Engine::coming(received_at, *std::move(parsed));
    // In a crowd it waits for others, not for its targets.
    if (!journal.is_crowded()) engine.expect(coming);
    journal.append(
        received_at, std::move(request.body),
        [&engine, coming,
         reply](const boost::system::result<std::int64_t, std::string>& committed) {
          if (!committed) {
            log::error("notification could not be stored", {{"explanation", committed.error()}});
            return reply(come_again("the notification could not be stored: " + committed.error()));
          }
          engine.receive(*committed, coming, [reply](const std::optional<std::string>& fault) {
            reply(fault ? come_again("not applied yet: " + *fault) : accepted());
          });
        });
  };
}

}  // namespace scalehook::api
