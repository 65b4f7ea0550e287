// A Deployment or StatefulSet as the API server describes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

#include "plugins/kubernetes/object.hpp"
#include "plugins/kubernetes/pause.hpp"

namespace scalehook::kubernetes {

// A kind of the API group apps that has a scale subresource. Literals.
struct Kind {
  std::string_view name;      // "Deployment"
  std::string_view resource;  // "deployments"
};

struct Workload {
  std::int64_t replicas = 1;
  std::int64_t ready = 0;
  std::string uid, version;
  std::optional<Owner> controller;
  bool deleting = false;
  Pause pause;
};

// The object of the API group apps. A missing spec.replicas is 1, as the API says. A body that is
// not such an object is a failure with the code bad-answer.
outcome<Workload> parse_workload(const std::string& body,
                                 std::chrono::system_clock::time_point now);

// The answer to a change of the scale subresource.
struct Scale {
  std::int64_t replicas = 0;  // a missing spec.replicas is 0 here
  std::string uid, version;
};
outcome<Scale> parse_scale(const std::string& body);

}  // namespace scalehook::kubernetes
