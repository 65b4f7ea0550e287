// HorizontalPodAutoscalers, of any version of the API, as the API server describes them.
#pragma once

#include <cstdint>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/kubernetes/object.hpp"
#include "plugins/kubernetes/resource.hpp"

namespace scalehook::kubernetes {

struct Autoscaler {
  std::string name{}, uid{}, version{};
  std::int64_t min = 1;  // a missing spec.minReplicas is 1, as the API says
  std::int64_t max = 0;
  std::optional<Owner> owner{};  // of KEDA's, its ScaledObject
};

// The answer to a read or a change of one. A body that is none is a failure with the code
// bad-answer.
outcome<Autoscaler> parse_autoscaler(const std::string& body);

// Those of a list that scale this object. A body that is not such a list is a failure with the code
// bad-answer.
outcome<std::vector<Autoscaler>> parse_autoscalers(const std::string& body,
                                                   const Resource& resource, std::string_view name);

}  // namespace scalehook::kubernetes
