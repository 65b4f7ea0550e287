// Why something was done or not: a closed list, in records, metrics and messages alike.
#pragma once

#include <optional>
#include <string_view>

namespace scalehook::scaling {

enum class Reason {
  applied,
  dry_run,
  no_change,
  duplicate,
  coalesced,
  stale,
  old_resolve,
  no_rule,
  no_target,
  not_found,
  bad_action,
  bad_value,
  ambiguous,
  unconfirmed,
  cooldown,
  stabilizing,
  rate_limited,
  at_max,
  at_min,
  held,
  paused,
  zero,
  hpa_owns,
  owner_unknown,
  same_object,
  frozen,
  budget,
  no_evidence,
  load_remains,
  undone,
  no_effect,
  changed_by_others,
  rebased,
  contested,
  expired,
  suppressed,
  refused_by_cluster,
  failed,
};

inline constexpr int reason_count = static_cast<int>(Reason::failed) + 1;

// "applied", "dry-run", "hpa-owns", …: never changes, for it is a metric's label.
std::string_view to_text(Reason reason);
std::optional<Reason> parse_reason(std::string_view text);

// Whether it says that the count was changed.
bool is_change(Reason reason);

}  // namespace scalehook::scaling
