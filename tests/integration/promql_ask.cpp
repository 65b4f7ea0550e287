// Evaluates PromQL without Prometheus: a JSON question a line in, a JSON answer a line out.
//   {"series": [{"labels": {…}, "samples": [[MILLISECONDS, BITS], …]}, …]}   what there is
//   {"expression": "…", "at": MILLISECONDS}                                  its value then
//   {"read": "…"}                                         its canonical text, and why parse() fails
// A value is a double's bits, so that a staleness marker passes.
#include <bit>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

#include "core/promql/evaluate.hpp"

namespace {

namespace json = boost::json;
namespace promql = scalehook::promql;

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

promql::Time time_of(const json::value& milliseconds) {
  return promql::Time{std::chrono::milliseconds{json::value_to<std::int64_t>(milliseconds)}};
}

promql::Series series_of(const json::value& value) {
  promql::Series result;
  for (const auto& label : value.at("labels").as_object()) {
    result.labels.emplace(std::string{label.key()}, json::value_to<std::string>(label.value()));
  }
  for (const json::value& sample : value.at("samples").as_array()) {
    result.samples.push_back({time_of(sample.at(0)),
                              std::bit_cast<double>(json::value_to<std::uint64_t>(sample.at(1)))});
  }
  return result;
}

json::object value_of(const promql::Storage& storage, const json::object& question) {
  const auto expression = promql::parse(json::value_to<std::string>(question.at("expression")));
  if (!expression) return {{"fault", expression.error()}};
  const auto value =
      evaluate(*expression, storage, time_of(question.at("at")), std::chrono::minutes{5});
  if (!value) return {{"fault", value.error()}};
  if (const auto* const scalar = std::get_if<double>(&*value)) return {{"scalar", bits(*scalar)}};
  json::array elements;
  for (const promql::Element& element : std::get<0>(*value)) {
    json::object labels;
    for (const auto& [name, text] : element.labels) labels[name] = text;
    elements.push_back(json::array{labels, bits(element.value)});
  }
  return {{"vector", elements}};
}

json::object answer(promql::Storage& storage, const json::object& question) {
  if (question.contains("series")) {
    storage.series.clear();
    for (const json::value& one : question.at("series").as_array()) {
      storage.series.push_back(series_of(one));
    }
    return {};
  }
  if (question.contains("read")) {
    const auto read = promql::read(json::value_to<std::string>(question.at("read")));
    if (!read) return {{"fault", read.error()}};
    const auto parsed = promql::parse(json::value_to<std::string>(question.at("read")));
    return {{"text", to_text(*read)}, {"fault", parsed ? "" : parsed.error()}};
  }
  return value_of(storage, question);
}

}  // namespace

int main() {
  promql::Storage storage;
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << answer(storage, json::parse(line).as_object()) << std::endl;
    } catch (const std::exception& fault) {
      std::cerr << "no question: " << line.substr(0, 200) << ": " << fault.what() << '\n';
      return 2;
    }
  }
  return 0;
}
