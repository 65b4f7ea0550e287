#include "core/promql/value_functions.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <utility>

namespace scalehook::promql {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

// Of the year and the day that a number of seconds falls on.
template <typename Part>
double part_of_date(double value, Part part) {
  using std::chrono::sys_seconds;
  // Of what lies within the years that the calendar counts.
  if (!(std::abs(value) < 9e11)) return none;
  const sys_seconds time{std::chrono::seconds{static_cast<long long>(value)}};
  return part(time, std::chrono::floor<std::chrono::days>(time));
}

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

double minute(double value) {
  return part_of_date(value, [](sys_seconds time, sys_days day) {
    return static_cast<double>((time - day) / std::chrono::minutes{1} % 60);
  });
}

double hour(double value) {
  return part_of_date(value, [](sys_seconds time, sys_days day) {
    return static_cast<double>((time - day) / std::chrono::hours{1});
  });
}

double day_of_week(double value) {
  return part_of_date(value, [](sys_seconds, sys_days day) {
    return static_cast<double>(std::chrono::weekday{day}.c_encoding());
  });
}

double day_of_month(double value) {
  return part_of_date(value, [](sys_seconds, sys_days day) {
    return static_cast<double>(static_cast<unsigned>(year_month_day{day}.day()));
  });
}

double day_of_year(double value) {
  return part_of_date(value, [](sys_seconds, sys_days day) {
    const sys_days first{year_month_day{day}.year() / 1 / 1};
    return static_cast<double>((day - first).count() + 1);
  });
}

double days_in_month(double value) {
  return part_of_date(value, [](sys_seconds, sys_days day) {
    const year_month_day date{day};
    const auto last = date.year() / date.month() / std::chrono::last;
    return static_cast<double>(static_cast<unsigned>(last.day()));
  });
}

double month(double value) {
  return part_of_date(value, [](sys_seconds, sys_days day) {
    return static_cast<double>(static_cast<unsigned>(year_month_day{day}.month()));
  });
}

double year(double value) {
  return part_of_date(value, [](sys_seconds, sys_days day) {
    return static_cast<double>(static_cast<int>(year_month_day{day}.year()));
  });
}

double sign(double value) { return value < 0 ? -1 : value > 0 ? 1 : value; }
double degrees(double value) { return value * 180 / std::numbers::pi; }
double radians(double value) { return value * std::numbers::pi / 180; }

constexpr std::pair<std::string_view, ValueFunction> functions[] = {
    {"abs", [](double x) { return std::abs(x); }},
    {"acos", [](double x) { return std::acos(x); }},
    {"acosh", [](double x) { return std::acosh(x); }},
    {"asin", [](double x) { return std::asin(x); }},
    {"asinh", [](double x) { return std::asinh(x); }},
    {"atan", [](double x) { return std::atan(x); }},
    {"atanh", [](double x) { return std::atanh(x); }},
    {"ceil", [](double x) { return std::ceil(x); }},
    {"cos", [](double x) { return std::cos(x); }},
    {"cosh", [](double x) { return std::cosh(x); }},
    {"deg", degrees},
    {"exp", [](double x) { return std::exp(x); }},
    {"floor", [](double x) { return std::floor(x); }},
    {"ln", [](double x) { return std::log(x); }},
    {"log10", [](double x) { return std::log10(x); }},
    {"log2", [](double x) { return std::log2(x); }},
    {"rad", radians},
    {"sgn", sign},
    {"sin", [](double x) { return std::sin(x); }},
    {"sinh", [](double x) { return std::sinh(x); }},
    {"sqrt", [](double x) { return std::sqrt(x); }},
    {"tan", [](double x) { return std::tan(x); }},
    {"tanh", [](double x) { return std::tanh(x); }},
};

constexpr std::pair<std::string_view, ValueFunction> date_functions[] = {
    {"day_of_month", day_of_month},
    {"day_of_week", day_of_week},
    {"day_of_year", day_of_year},
    {"days_in_month", days_in_month},
    {"hour", hour},
    {"minute", minute},
    {"month", month},
    {"year", year},
};

template <typename Table>
ValueFunction find(const Table& table, std::string_view name) {
  const auto* const found = std::find_if(std::begin(table), std::end(table),
                                         [&](const auto& one) { return one.first == name; });
  return found == std::end(table) ? nullptr : found->second;
}

}  // namespace

ValueFunction value_function(std::string_view name) {
  const ValueFunction result = find(functions, name);
  return result == nullptr ? find(date_functions, name) : result;
}

bool is_of_date(std::string_view name) { return find(date_functions, name) != nullptr; }

double rounded(double value, double to) {
  const double inverse = 1 / to;
  return std::floor(value * inverse + 0.5) / inverse;
}

double smaller(double a, double b) {
  if (std::isinf(a) && a < 0) return a;
  if (std::isinf(b) && b < 0) return b;
  if (std::isnan(a) || std::isnan(b)) return none;
  return std::min(a, b);
}

double larger(double a, double b) {
  if (std::isinf(a) && a > 0) return a;
  if (std::isinf(b) && b > 0) return b;
  if (std::isnan(a) || std::isnan(b)) return none;
  return std::max(a, b);
}

}  // namespace scalehook::promql
