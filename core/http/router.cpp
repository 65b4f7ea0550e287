#include "core/http/router.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "core/http/response.hpp"

namespace scalehook::http {

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    const std::string path = route.path;
    const std::string method = route.method;
    if (!resources_[path].emplace(method, std::move(route)).second) {
      throw std::invalid_argument(fmt::format("{} {} is routed twice", method, path));
    }
  }
}

Router::Match Router::find(std::string_view method, const std::string& path) const {
  const auto resource = resources_.find(path);
  if (resource == resources_.end()) {
    return {nullptr,
            error_response(404, fmt::format("{}: there is nothing at this path", printable(path)))};
  }
  const auto& methods = resource->second;
  auto found = methods.find(method);
  if (found == methods.end() && method == "HEAD") found = methods.find("GET");
  if (found != methods.end()) return {&found->second, std::nullopt};

  std::string allow;
  for (const auto& [name, route] : methods) {
    allow += (allow.empty() ? "" : ", ") + name;
    if (name == "GET" && !methods.contains("HEAD")) allow += ", HEAD";
  }
  Response refusal = error_response(405, fmt::format("{}: {} is not allowed here, only {}",
                                                     printable(path), printable(method), allow));
  refusal.headers.emplace_back("Allow", allow);
  return {nullptr, std::move(refusal)};
}

}  // namespace scalehook::http
