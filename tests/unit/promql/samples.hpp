// Series in a line, and values as text.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "core/promql/evaluate.hpp"

namespace scalehook::promql {

constexpr Time zero{std::chrono::seconds{1'700'000'000}};

inline Time at(std::chrono::milliseconds since) { return zero + since; }

// A sample each 15 seconds from `zero` on: "1 2 _ nan stale 5"; "_" is none.
inline Series series(Labels labels, const std::string& values,
                     std::chrono::seconds step = std::chrono::seconds{15}) {
  Series result{std::move(labels), {}};
  std::istringstream words{values};
  std::chrono::seconds since{0};
  for (std::string word; words >> word; since += step) {
    if (word == "_") continue;
    result.samples.push_back(
        {zero + since, word == "stale" ? stale : std::strtod(word.c_str(), nullptr)});
  }
  return result;
}

inline std::string shown(const Labels& labels) {
  std::string result = "{";
  for (const auto& [name, value] : labels) {
    result += fmt::format("{}{}={}", result.size() > 1 ? "," : "", name, value);
  }
  return result + "}";
}

// "5", or "{a=b} 5; {a=c} 6", or the fault.
inline std::string shown(const boost::system::result<Value, std::string>& value) {
  if (!value) return value.error();
  if (const auto* const number = std::get_if<double>(&*value))
    return fmt::format("{:.6g}", *number);
  std::string result;
  for (const Element& element : std::get<0>(*value)) {
    result += fmt::format("{}{} {:.6g}", result.empty() ? "" : "; ", shown(element.labels),
                          element.value);
  }
  return result;
}

inline std::string value_text(std::string_view expression, const Storage& storage, Time now,
                              std::chrono::seconds lookback = std::chrono::minutes{5}) {
  const auto parsed = parse(expression);
  return parsed ? shown(evaluate(*parsed, storage, now, lookback)) : parsed.error();
}

}  // namespace scalehook::promql
