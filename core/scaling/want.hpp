// From a policy to an absolute number of replicas.
#pragma once

#include <cstdint>
#include <optional>

#include "core/scaling/policy.hpp"

namespace scalehook::scaling {

// What a want is computed from.
struct Measure {
  std::int64_t replicas{};            // asked for now
  std::optional<std::int64_t> ready;  // serving now; none: taken as `replicas`
  std::optional<double> value;        // the alert's; >= 0
};

// The replicas a claim wants, not yet clamped by limits; >= 0. None if the policy needs a value and
// there is none. `action` is scale_out, scale_in or scale_to.
std::optional<std::int64_t> want(const Policy& policy, Action action, const Measure& measure);

// Whether a want follows the alert's value, and so may change while the claim is open.
bool follows_value(const Policy& policy);

// Within min and max.
std::int64_t clamp(std::int64_t replicas, const Limits& limits);

}  // namespace scalehook::scaling
