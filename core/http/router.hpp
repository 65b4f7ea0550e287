// Which handler answers a method and path.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/server.hpp"

namespace scalehook::http {

// Immutable after construction; any thread.
class Router {
 public:
  // Throws std::invalid_argument if two routes have the same method and path.
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;     // null if nothing answers; lives as long as the router
    std::optional<Response> refusal;  // then 404, or 405 with Allow
  };
  // HEAD finds the route of GET where it has none of its own.
  Match find(std::string_view method, const std::string& path) const;

 private:
  std::map<std::string, std::map<std::string, Route, std::less<>>, std::less<>> resources_;
};

}  // namespace scalehook::http
