#include "core/promql/division.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/promql/expression.hpp"
#include "core/promql/names.hpp"

namespace scalehook::promql {
namespace {

// count(up), sum(kube_deployment_status_replicas), scalar(...) and clamp_min(...) of such.
bool counts_replicas(const Expression& expression) {
  if (const auto* const selector = expression->as<Selector>()) return is_replica_count(*selector);
  if (const auto* const aggregation = expression->as<Aggregation>()) {
    return aggregation->name == "count" || counts_replicas(aggregation->operand);
  }
  if (const auto* const call = expression->as<Call>()) {
    return !call->arguments.empty() && counts_replicas(call->arguments.front());
  }
  if (const auto* const subquery = expression->as<Subquery>()) {
    return counts_replicas(subquery->operand);
  }
  const auto* const binary = expression->as<Binary>();
  if (binary == nullptr) return false;
  // count(up) or vector(1); count(up == 1)
  const bool leaves_left = is_set(binary->op) || is_comparison(binary->op);
  return leaves_left && counts_replicas(binary->left);
}

bool is_event_counter(const Selector& selector) {
  return Name{selector}.ends({"count", "total", "requests"});
}

// Seconds by the number of what they were spent on.
bool is_mean_time(const Expression& left, const Expression& right) {
  return all_selectors(left, is_seconds_counter) && all_selectors(right, is_event_counter) &&
         !all_selectors(right, is_seconds_counter);
}

bool is_pool(const Selector& selector) {
  return Name{selector}.has({"worker", "workers", "thread", "threads", "process", "processes",
                             "slots", "pool", "connections", "sessions", "children", "executor"});
}

// Limits, or as many as are busy and idle together.
bool is_whole(const Expression& left, const Expression& right) {
  if (all_selectors(right, is_capacity)) return true;
  if (!all_selectors(left, is_pool) || !all_selectors(right, is_pool)) return false;
  if (any_selector(right, is_spare) || any_selector(right, is_capacity)) return true;
  // workers{state="busy"} / workers
  const auto parts = metrics(left);
  const auto wholes = metrics(right);
  return parts.size() == 1 && parts == wholes;
}

bool is_cpu_of_cores(const Expression& left, const Expression& right) {
  return all_selectors(left, is_cpu) && all_selectors(right, is_cpu);
}

}  // namespace

Kind kind_of_quotient(const Expression& left, const Expression& right) {
  if (is_mean_time(left, right)) return Kind::latency;
  const Kind kind = kind_of(left);
  switch (kind) {
    case Kind::quantile:
    case Kind::latency:
    case Kind::backlog:
    case Kind::memory:
    case Kind::spare:
      return kind;
    case Kind::constant:
    case Kind::share:
      return Kind::unknown;
    default:
      break;
  }
  const bool by_replicas = counts_replicas(right);
  if (kind == Kind::count) return by_replicas ? Kind::share : Kind::unknown;
  if (kind == Kind::failure) return by_replicas ? kind : Kind::share;
  if (any_selector(right, is_memory)) return Kind::memory;
  if (by_replicas)
    return any_selector(left, is_seconds_counter) ? Kind::unknown : Kind::per_replica;
  if (any_selector(left, is_elsewhere) || any_selector(left, is_seconds_counter)) {
    return Kind::unknown;
  }
  if (any_selector(left, is_busy) && (is_whole(left, right) || is_cpu_of_cores(left, right))) {
    return Kind::utilisation;
  }
  return kind_of(right) == kind ? Kind::share : Kind::unknown;
}

}  // namespace scalehook::promql
