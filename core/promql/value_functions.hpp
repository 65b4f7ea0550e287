// The functions that make one number of one number: abs, ln, hour and the like. Private to
// core/promql.
#pragma once

#include <string_view>

namespace scalehook::promql {

using ValueFunction = double (*)(double);

// Null for what is none.
ValueFunction value_function(std::string_view name);

// Of those, the ones that read a number as seconds since 1970 and may stand without an argument:
// hour() is the hour of the evaluation. All in UTC; NaN of what is no time (Prometheus answers
// something else, which depends on its processor).
bool is_of_date(std::string_view name);

// round(): to the nearest multiple of `to`; of two, the upper one.
double rounded(double value, double to);
// As Prometheus has them: NaN if one of them is NaN.
double smaller(double a, double b);
double larger(double a, double b);

}  // namespace scalehook::promql
