// Binary operators over vectors and numbers. Private to core/promql.
#pragma once

#include <optional>

#include "core/promql/tree.hpp"
#include "core/promql/vector.hpp"

namespace scalehook::promql {

// Of an operator that is no set operator. A comparison answers 1 or 0.
double calculate(Operator op, double left, double right);

// The elements of a vector with a number: `x > 3`, or `3 < x` if the number is `on_left`. A
// comparison leaves those for which it holds, as they are, unless it is `bool`.
Vector with_number(const Binary& binary, const Vector& vector, double number, bool on_left,
                   Evaluation& evaluation);

// Two vectors. Matching that finds two elements where one is wanted is a fault.
Vector combine(const Binary& binary, const Vector& left, const Vector& right,
               Evaluation& evaluation);

}  // namespace scalehook::promql
