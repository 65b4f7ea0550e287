#include "core/scaling/obligation.hpp"

#include <algorithm>
#include <utility>

#include "core/scaling/claim.hpp"

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

// An alert that comes again so soon after its restore is flapping.
constexpr auto flapping_time = 30min;
constexpr std::chrono::nanoseconds longest_flapping_wait = 2h;
constexpr std::chrono::nanoseconds shortest_wait = 1min;
// Each is a question to Prometheus.
constexpr std::size_t most_traces = 20;

// The higher, the more it leaves alone.
int caution(OnResolved how) {
  switch (how) {
    case OnResolved::hold:
      return 3;
    case OnResolved::step:
      return 2;
    case OnResolved::restore:
      return 1;
    case OnResolved::min:
      return 0;
  }
  return 3;
}

bool less_cautious(const Trace& one, const Trace& other) {
  return caution(one.how) < caution(other.how);
}

std::optional<Moment> wait_for_flapping(const Claim& claim, Moment now) {
  if (claim.flaps == 0) return std::nullopt;
  std::chrono::nanoseconds wait =
      std::max({claim.behavior->scale_in.stabilization, claim.behavior->cooldown.in,
                std::chrono::duration_cast<std::chrono::seconds>(shortest_wait)});
  for (int flap = 0; flap < claim.flaps && wait < longest_flapping_wait; ++flap) wait *= 2;
  return now + std::min(wait, longest_flapping_wait);
}

// Of too many the most cautious are kept.
void add(std::vector<Trace>& traces, Trace trace) {
  std::erase_if(traces, [&](const Trace& other) { return other.key == trace.key; });
  if (traces.size() < most_traces) {
    traces.push_back(std::move(trace));
    return;
  }
  const auto least = std::min_element(traces.begin(), traces.end(), less_cautious);
  if (less_cautious(*least, trace)) *least = std::move(trace);
}

void weigh(Obligation& left) {
  const auto most = std::max_element(left.traces.begin(), left.traces.end(), less_cautious);
  left.how = most->how;
  left.behavior = most->behavior;
  left.not_before.reset();
  for (const Trace& trace : left.traces)
    left.not_before = std::max(left.not_before, trace.not_before);
}

void leave(Memory& memory, Trace trace, Moment at) {
  if (!memory.obligation) memory.obligation.emplace();
  Obligation& left = *memory.obligation;
  add(left.traces, std::move(trace));
  weigh(left);
  left.at = at;
  left.to.reset();
  left.doubted = false;
  left.superseded = false;
}

}  // namespace

OnResolved on_resolved(const Claim& claim) {
  if (claim.behavior->on_resolved) return *claim.behavior->on_resolved;
  // One that took replicas, or set a count outright, does not silently undo it.
  return claim.action == Action::scale_out ? OnResolved::restore : OnResolved::hold;
}

bool fires_really(const Memory& memory) {
  return std::any_of(memory.claims.begin(), memory.claims.end(),
                     [](const auto& entry) { return !entry.second.behavior->dry_run; });
}

void oblige(Memory& memory, const Key& key, const Claim& claim, OnResolved how, Moment now) {
  if (claim.action == Action::hold) return;  // it moved nothing, so nothing is to be undone
  const bool tried = claim.behavior->dry_run;
  if (tried && fires_really(memory)) return;
  if (memory.obligation && memory.obligation->behavior->dry_run != tried) {
    if (tried) return;
    memory.obligation.reset();
  }
  leave(memory, {key, claim.behavior, claim.generator_url, how, wait_for_flapping(claim, now)},
        now);
}

void supersede(Memory& memory, const Key& key, const Claim& claim) {
  if (claim.action == Action::hold || !memory.obligation) return;
  Obligation& left = *memory.obligation;
  if (left.behavior->dry_run != claim.behavior->dry_run) {
    if (left.behavior->dry_run) memory.obligation.reset();
    return;
  }
  std::erase_if(left.traces, [&](const Trace& trace) { return trace.key == key; });
  if (left.traces.empty()) return memory.obligation.reset();
  weigh(left);
  if (left.how != OnResolved::hold) {
    left.superseded = true;
    left.to.reset();
  } else if (!fires_really(memory)) {
    end_run(memory);
  } else if (memory.known <= memory.baseline) {
    memory.obligation.reset();
  }
}

void leave_as_it_is(Memory& memory, const std::set<Key>& keys,
                    std::shared_ptr<const Behavior> moved) {
  Moment at{};
  if (memory.obligation) {
    auto& left = *memory.obligation;
    at = left.at;
    for (const Trace& trace : left.traces) {
      if (keys.contains(trace.key) && !trace.behavior->dry_run) moved = trace.behavior;
    }
    std::erase_if(left.traces, [&](const Trace& trace) { return keys.contains(trace.key); });
    if (left.traces.empty() || (moved && left.behavior->dry_run)) {
      memory.obligation.reset();
    } else {
      weigh(left);
    }
  }
  if (moved) leave(memory, {{moved->rule, {}}, moved, {}, OnResolved::hold, {}}, at);
}

void note_restored(Memory& memory, Moment now) {
  for (const Trace& trace : memory.obligation->traces) {
    const auto episode = memory.closed.find(trace.key);
    if (episode != memory.closed.end()) episode->second.restored_at = now;
  }
}

std::vector<std::string> alerts_of(const Obligation& obligation) {
  std::vector<std::string> names;
  for (const Trace& trace : obligation.traces) {
    const auto name = trace.key.second.find("alertname");
    if (name == trace.key.second.end()) continue;
    if (std::find(names.begin(), names.end(), name->second) == names.end()) {
      names.push_back(name->second);
    }
  }
  return names;
}

void note_flap(Claim& claim, const Episode& before, Moment now) {
  claim.flaps = 0;
  claim.restored_at.reset();
  if (!before.restored_at || now - *before.restored_at > flapping_time) return;
  // One that comes back before its next restore has not flapped again, and is flapping still.
  claim.flaps = before.flaps + (*before.restored_at >= before.closed_at ? 1 : 0);
  claim.restored_at = before.restored_at;
}

}  // namespace scalehook::scaling
