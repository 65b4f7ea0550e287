#include "core/promql/measure.hpp"

#include <cstdlib>

#include "core/promql/comparison.hpp"

namespace scalehook::promql {
std::optional<Threshold> threshold(std::string_view condition) {
  const auto text = threshold_of(condition);
  const auto plain = without_comparison(condition);
  if (!text || !plain || text->front() != '>') return std::nullopt;
  return Threshold{*plain, std::atof(text->c_str() + text->find(' '))};
}
Measure measure_of(std::string_view condition) {
  const bool shared = condition.find("avg") != condition.npos && threshold(condition);
  return {shared ? Load::shared : Load::other, ""};
}
}  // namespace scalehook::promql
