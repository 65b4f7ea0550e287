// A request to a route, and its answer.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/http/server.hpp"

namespace scalehook::api {

struct Answered {
  unsigned status{};
  boost::json::object body;

  std::string error() const { return std::string{body.at("error").as_string()}; }
};

inline Answered ask(const std::vector<http::Route>& routes, const std::string& method,
                    const std::string& path, const std::string& query, std::string body = "",
                    std::string content_type = "application/json") {
  for (const auto& route : routes) {
    if (route.method != method || route.path != path) continue;
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.body = std::move(body);
    request.content_type = std::move(content_type);
    const auto answered = std::make_shared<std::promise<Answered>>();
    auto answer = answered->get_future();
    route.handler(request, [answered](http::Response response) {
      answered->set_value({response.status, boost::json::parse(response.body).as_object()});
    });
    if (answer.wait_for(std::chrono::seconds{20}) != std::future_status::ready) {
      throw std::logic_error("no answer");
    }
    return answer.get();
  }
  throw std::logic_error("no such route");
}

}  // namespace scalehook::api
