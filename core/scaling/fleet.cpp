#include "core/scaling/fleet.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

constexpr auto budget_time = 1h;
constexpr auto wish_time = 5min;
constexpr std::size_t fewest_judged = 5;

// When the oldest of the changes that use the budget up is an hour old.
template <typename Changes, typename At>
std::optional<Moment> free_at(const Changes& changes, std::optional<std::int64_t> limit, bool out,
                              At at, Moment now) {
  if (!limit) return std::nullopt;
  // The last quarter is for changes out.
  const std::int64_t most = out ? *limit : std::max<std::int64_t>(1, *limit - (*limit + 3) / 4);
  const auto first = std::find_if(changes.begin(), changes.end(), [&](const auto& change) {
    return at(change) + budget_time > now;
  });
  const std::int64_t used = std::distance(first, changes.end());
  if (used < most) return std::nullopt;
  return at(*(first + (used - most))) + budget_time;
}

}  // namespace

std::optional<Moment> within_budget(const Fleet& fleet, const Memory& target, const Budget& budget,
                                    bool out, Moment now) {
  const auto own = free_at(
      target.changes, budget.changes_per_target, out,
      [](const Change& change) { return change.at; }, now);
  const auto all = free_at(
      fleet.changes, budget.changes, out, [](Moment change) { return change; }, now);
  if (!own || !all) return own ? own : all;
  return std::max(*own, *all);
}

void note_change(Fleet& fleet, Moment now) {
  fleet.changes.push_back(now);
  while (fleet.changes.front() + budget_time <= now) fleet.changes.pop_front();
}

void recall_changes(Fleet& fleet, const Memory& target) {
  for (const Change& change : target.changes) {
    const auto place = std::upper_bound(fleet.changes.begin(), fleet.changes.end(), change.at);
    fleet.changes.insert(place, change.at);
  }
}

bool wants_in(const Decision& decision) {
  if (decision.move != Move::in || decision.behavior->dry_run ||
      decision.behavior->scale_in.select == Select::disabled) {
    return false;
  }
  switch (decision.reason) {
    case Reason::applied:
    case Reason::stabilizing:
    case Reason::cooldown:
    case Reason::rate_limited:
    case Reason::frozen:
    case Reason::budget:
      return true;
    default:
      return false;
  }
}

bool note_wish(Fleet& fleet, const std::string& target, bool wants_in, std::size_t targets_known,
               const Budget& budget, Moment now) {
  if (wants_in) {
    fleet.wants_in[target] = now;
    fleet.wishes.emplace_back(now, target);
  }
  for (; !fleet.wishes.empty() && fleet.wishes.front().first + wish_time <= now;
       fleet.wishes.pop_front()) {
    const auto wish = fleet.wants_in.find(fleet.wishes.front().second);
    if (wish != fleet.wants_in.end() && wish->second + wish_time <= now) fleet.wants_in.erase(wish);
  }
  const bool too_many = targets_known >= fewest_judged &&
                        static_cast<double>(fleet.wants_in.size()) >
                            budget.scale_in_share * static_cast<double>(targets_known);
  if (!too_many) fleet.thawed = false;
  const bool frozen = too_many && !fleet.thawed;
  return std::exchange(fleet.frozen, frozen) != frozen;
}

void thaw(Fleet& fleet) {
  fleet.frozen = false;
  fleet.thawed = true;
}

}  // namespace scalehook::scaling
