#include "core/scaling/obligation.hpp"

#include <algorithm>
#include <utility>

#include "core/scaling/claim.hpp"

namespace scalehook::scaling {
namespace {

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
}

void leave(Memory& memory, Trace trace, Moment at) {
  if (!memory.obligation) {
    memory.obligation.emplace();
    memory.fits.clear();
  }
  Obligation& left = *memory.obligation;
  add(left.traces, std::move(trace));
  weigh(left);
  left.at = at;
  left.to.reset();
  left.moved = false;
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
  leave(memory, {key, claim.behavior, claim.generator_url, how}, now);
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
  if (moved) leave(memory, {{moved->rule, {}}, moved, {}, OnResolved::hold}, at);
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

}  // namespace scalehook::scaling
