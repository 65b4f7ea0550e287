#include "core/api/lifecycle.hpp"

#include <utility>

#include "core/api/reply.hpp"

namespace scalehook::api {

std::vector<http::Route> lifecycle(Lifecycle lifecycle, const telemetry::Metrics& metrics) {
  const auto healthy = [](const http::Request&, const http::Reply& reply) {
    reply(text(200, "scalehook is healthy."));
  };
  const auto ready = [not_ready = std::move(lifecycle.not_ready)](const http::Request&,
                                                                  const http::Reply& reply) {
    const auto why = not_ready();
    reply(why ? text(503, "scalehook is not ready: " + *why) : text(200, "scalehook is ready."));
  };
  const auto reload = [start = std::move(lifecycle.reload)](const http::Request&,
                                                            const http::Reply& reply) {
    start([reply](const std::optional<std::string>& mistakes) {
      if (mistakes)
        return reply(text(500, "not reloaded, the old configuration stays:\n" + *mistakes));
      reply(text(200, "configuration reloaded."));
    });
  };
  const auto render = [&metrics, measure = std::move(lifecycle.measure)](const http::Request&,
                                                                         const http::Reply& reply) {
    measure();
    http::Response response;
    response.content_type = std::string{telemetry::Metrics::content_type};
    response.body = metrics.render();
    reply(std::move(response));
  };
  return {
      {"GET", "/-/healthy", healthy}, {"GET", "/-/ready", ready},  {"POST", "/-/reload", reload},
      {"PUT", "/-/reload", reload},   {"GET", "/metrics", render},
  };
}

}  // namespace scalehook::api
