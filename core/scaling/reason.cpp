#include "core/scaling/reason.hpp"

#include <array>

namespace scalehook::scaling {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, reason_count> names{
    "applied",
    "dry-run",
    "no-change",
    "duplicate",
    "coalesced",
    "stale",
    "old-resolve",
    "no-rule",
    "no-target",
    "not-found",
    "bad-action",
    "bad-value",
    "ambiguous",
    "unconfirmed",
    "cooldown",
    "stabilizing",
    "rate-limited",
    "at-max",
    "at-min",
    "held",
    "paused",
    "zero",
    "hpa-owns",
    "owner-unknown",
    "same-object",
    "frozen",
    "budget",
    "no-evidence",
    "load-remains",
    "undone",
    "no-effect",
    "changed-by-others",
    "rebased",
    "contested",
    "expired",
    "suppressed",
    "refused-by-cluster",
    "failed",
};

}  // namespace

std::string_view to_text(Reason reason) { return names[static_cast<std::size_t>(reason)]; }

std::optional<Reason> parse_reason(std::string_view text) {
  for (std::size_t index = 0; index < names.size(); ++index) {
    if (names[index] == text) return static_cast<Reason>(index);
  }
  return std::nullopt;
}

bool is_change(Reason reason) { return reason == Reason::applied || reason == Reason::undone; }

}  // namespace scalehook::scaling
