#include "core/dispatch/lanes.hpp"

#include <utility>

#include "core/dispatch/remembered.hpp"
#include "core/dispatch/reselect.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::dispatch {
namespace {

journal::State state_of(const rules::Target& target, std::string text) {
  return {Lanes::kind, name_of(target), std::move(text)};
}

}  // namespace

Lane& Lanes::of(const rules::Target& target) {
  auto& lane = lanes_[target];
  if (!lane) lane = std::make_shared<Lane>(world_, target);
  return *lane;
}

void Lanes::each(const std::function<void(Lane&)>& with) const {
  for (const auto& [target, lane] : lanes_) with(*lane);
}

void Lanes::remember(const Lane& lane) {
  ledger_.note(state_of(lane.target(), to_json(lane.target(), lane.memory())));
}

void Lanes::recover(const journal::State& state) {
  auto remembered =
      parse_memory(state.json, [this](const auto& rule) { return behavior_of(rule); });
  if (!remembered) {
    log::error("what was remembered of a target cannot be read", {{"target", state.name}});
    return;
  }
  auto& lane = lanes_[remembered->target];
  const bool renamed = state.name != name_of(remembered->target);
  if (lane && !renamed) return;  // an older version has run since this was kept
  if (renamed) {
    ledger_.note(state_of(remembered->target, state.json));
    ledger_.note(journal::State{kind, state.name, ""});
  }
  if (lane) objects_.forget(*lane);
  lane = std::make_shared<Lane>(world_, remembered->target, std::move(remembered->memory));
  objects_.note(*lane);
}

std::shared_ptr<const scaling::Behavior> Lanes::behavior_of(const std::string& rule) const {
  const auto config = world_.setup()->config;
  if (const auto* found = config::find_rule(*config, rule)) return {config, &found->behavior};
  auto gone = std::make_shared<scaling::Behavior>();
  gone->rule = rule;
  return gone;
}

void Lanes::reselect(Lane& lane) {
  const auto lost = dispatch::reselect(world_.setup()->config, lane.target(), lane.memory());
  for (const auto& rule : lost) {
    log::info("rule is gone or means something else now: its claims close, the count stays",
              {{"rule", rule}, {"target", rules::to_text(lane.target())}});
  }
  if (!lost.empty()) world_.remember(lane);
}

void Lanes::reconsider() {
  const auto lanes = lanes_;  // one may go while it reconsiders
  for (const auto& [target, lane] : lanes) {
    if (lane->has_work()) lane->reconsider();
  }
}

void Lanes::resume(const std::string& target, const std::string& rule) {
  for (const auto& [its, lane] : lanes_) {
    auto& memory = lane->memory();
    const bool meant = target.empty() ? rule.empty() : rules::to_text(its) == target;
    if (!meant || (!memory.contested && memory.reversals.empty())) continue;
    memory.contested = false;
    memory.reversals.clear();
    world_.remember(*lane);
  }
}

// Not at once: the lane is still at work when it tells what it decided.
void Lanes::drop_when_done(const rules::Target& target) {
  world_.runtime().post([this, target] {
    const auto lane = lanes_.find(target);
    if (lane == lanes_.end() || !lane->second->done()) return;
    ledger_.note(state_of(target, ""));
    objects_.forget(*lane->second);
    lanes_.erase(lane);
  });
}

void Lanes::drop_all_done() {
  for (const auto& [target, lane] : lanes_) drop_when_done(target);
}

}  // namespace scalehook::dispatch
