// What an expression without its comparison measures. Private to core/promql.
#pragma once

#include <string_view>

#include "core/promql/tree.hpp"

namespace scalehook::promql {

enum class Kind {
  constant,  // of literals
  // More replicas lower these in proportion.
  average,
  per_replica,
  utilisation,
  // And these not, or nobody knows.
  quantile,
  latency,
  backlog,
  memory,
  failure,
  share,
  spare,
  total,
  count,
  unknown
};

// A guess by names and shape: `unknown` when in doubt.
Kind kind_of(const Expression& expression);

bool is_shared(Kind kind);

// A clause in English: "it is an average over replicas".
std::string_view to_text(Kind kind);

// Whether some selector of the expression is so.
bool any_selector(const Expression& expression, bool (*is)(const Selector&));
bool all_selectors(const Expression& expression, bool (*is)(const Selector&));

}  // namespace scalehook::promql
