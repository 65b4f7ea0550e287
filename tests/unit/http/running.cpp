#include "tests/unit/http/running.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <utility>

namespace scalehook::http::testing {

namespace {

constexpr std::chrono::seconds kPatience{20};

Response text(std::string body) { return {200, "text/plain", std::move(body), {}}; }

}  // namespace

RunningServer::RunningServer(Limits limits) {
  std::vector<Route> routes;
  routes.push_back(
      {"GET", "/page", [](Request request, Reply reply) {
         reply(text(fmt::format("{} {}?{}", request.method, request.path, request.query)));
       }});
  routes.push_back(
      {"GET", "/remote", [](Request request, Reply reply) { reply(text(request.remote)); }});
  routes.push_back({"POST", "/echo", [](Request request, Reply reply) {
                      Response response = text(std::move(request.body));
                      response.headers.emplace_back("X-Content-Type", request.content_type);
                      reply(std::move(response));
                    }});
  routes.push_back({"POST", "/hold", [this](Request request, Reply reply) {
                      const std::lock_guard lock(mutex_);
                      held_.push_back({std::move(request), std::move(reply)});
                      changed_.notify_all();
                    }});
  routes.push_back({"POST", "/throw", [](const Request&, const Reply&) {
                      throw std::runtime_error("the disk is on fire");
                    }});
  routes.push_back({"POST", "/drop", [](const Request&, const Reply&) {}});
  routes.push_back({"GET", "/large", [](const Request&, const Reply& reply) {
                      reply(text(std::string(64 * 1024 * 1024, 'x')));
                    }});
  routes.push_back({"GET", "/slowly", [this](const Request&, Reply reply) {
                      threads_.emplace_back(
                          [reply = std::move(reply)] { reply(text("from another thread")); });
                    }});
  server_ = std::make_unique<Server>(
      std::move(routes), limits,
      [this](std::string_view path, std::string_view method, unsigned status,
             std::chrono::nanoseconds) {
        const std::lock_guard lock(mutex_);
        observed_.push_back({std::string(path), std::string(method), status});
        changed_.notify_all();
      });
  const auto port = server_->listen("127.0.0.1:0");
  if (!port) throw std::runtime_error(port.error());
  port_ = *port;
}

RunningServer::~RunningServer() {
  server_.reset();
  for (std::thread& thread : threads_) thread.join();
}

RunningServer::Held RunningServer::next_held() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return !held_.empty(); })) {
    throw std::runtime_error("no request came to /hold");
  }
  Held held = std::move(held_.front());
  held_.pop_front();
  return held;
}

std::vector<Observed> RunningServer::observed(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return observed_.size() >= count; });
  return observed_;
}

}  // namespace scalehook::http::testing
