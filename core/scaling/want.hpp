// From a policy to an absolute number of replicas.
#pragma once

#include <cstdint>
#include <optional>

#include "core/scaling/memory.hpp"
#include "core/scaling/policy.hpp"
#include "core/scaling/reading.hpp"

namespace scalehook::scaling {

// What a want is computed from.
struct Measure {
  std::int64_t replicas{};            // asked for now
  std::optional<std::int64_t> ready;  // serving now; none: taken as `replicas`
  std::optional<double> value;        // the alert's; >= 0
  std::optional<double> serving{};    // on average while that was measured; none: `ready`
  double tolerance = 0.1;             // see Behavior
};

// The least whole number of replicas that is enough. A quotient within 1e-9 (relative) of a whole
// number is that number, because floating-point division is not exact. 0 for what is no number.
std::int64_t enough(double quotient);

// Whether usage (1: exactly as planned) is so near to 1 that it asks for no change, edge included.
bool is_near(double usage, double tolerance);

// The replicas a claim wants, not yet clamped by limits; >= 0. None if the policy needs a value and
// there is none. `action` is scale_out, scale_in or scale_to.
std::optional<std::int64_t> want(const Policy& policy, Action action, const Measure& measure);

// Whether a want follows the alert's value, and so may change while the claim is open.
bool follows_value(const Policy& policy);

// Whether a want is so many replicas more or fewer than there are.
bool goes_by_steps(const Policy& policy);

// Within min and max.
std::int64_t clamp(std::int64_t replicas, const Limits& limits);

// What became of the further steps that are due while a claim fires.
struct Steps {
  bool unconfirmed = false;  // one is due, and nobody has said meanwhile that it still fires
  bool landing = false;      // one is due, and the last one does not serve yet
  // One is due, and the last three have not made the measure 5 % better. `tells`: for the first
  // time in this episode.
  bool without_effect = false;
  bool tells_without_effect = false;
  std::optional<Moment> next_at;  // when the next one is due, or is to be looked at again
};

// Computes the wants of claims that have none, of those that have a new sample, and further steps
// that are due. All else is left, so that deciding again asks for the same. What is blocked is
// granted no step, nor is that made up for later.
Steps compute_wants(Memory& memory, const Reading& reading, const Surroundings& surroundings,
                    Moment now);

}  // namespace scalehook::scaling
