// What a division measures. Private to core/promql.
#pragma once

#include "core/promql/kind.hpp"

namespace scalehook::promql {

// Of two expressions that are no constants.
Kind kind_of_quotient(const Expression& left, const Expression& right);

}  // namespace scalehook::promql
