#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <utility>

#include "core/simulate/trace.hpp"

namespace scalehook::simulate {
namespace {

namespace json = boost::json;

// "JSON POINTER: what is wrong"; none: nothing.
using Fault = std::optional<std::string>;

Fault fault(const std::string& pointer, const std::string& message) {
  return pointer + ": " + message;
}

const json::value* member(const json::value* value, std::string_view key) {
  const auto* object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}

bool read_sample(const json::value& pair, Sample& sample) {
  const auto* array = pair.if_array();
  if (array == nullptr || array->size() != 2 || !(*array)[1].is_string()) return false;
  json::error_code error;
  const double seconds = (*array)[0].to_number<double>(error);
  return !error && time_of(seconds, sample.at) &&
         parse_sample((*array)[1].get_string(), sample.value);
}

Fault read_series(const json::value& value, const std::string& pointer, Series& series) {
  const auto* metric = member(&value, "metric");
  const auto* values = member(&value, "values");
  if (metric == nullptr || !metric->is_object() || values == nullptr || !values->is_array()) {
    return fault(pointer, "must be an object with \"metric\" and \"values\"");
  }
  for (const auto& [name, label] : metric->get_object()) {
    if (!label.is_string()) return fault(pointer + "/metric", "labels must be strings");
    (name == "__name__" ? series.name : series.labels[std::string{name}]) =
        label.get_string().c_str();
  }
  for (const auto& pair : values->get_array()) {
    const auto place = fmt::format("{}/values/{}", pointer, series.samples.size());
    Sample sample;
    if (!read_sample(pair, sample)) {
      return fault(place, "must be [SECONDS SINCE 1970, \"VALUE\"]");
    }
    if (!series.samples.empty() && sample.at <= series.samples.back().at) {
      return fault(place, "is not after the sample before");
    }
    series.samples.push_back(sample);
  }
  if (series.samples.empty()) return fault(pointer + "/values", "there is no sample");
  return std::nullopt;
}

Fault read_answer(const json::value& root, std::vector<Series>& all) {
  if (const auto* error = member(&root, "error")) {
    return fault("/error", "Prometheus answered " + json::serialize(*error));
  }
  const auto* data = member(&root, "data");
  const auto* type = member(data, "resultType");
  const auto* result = member(data, "result");
  if (type == nullptr || *type != "matrix" || result == nullptr || !result->is_array()) {
    return fault("/data",
                 "must have \"resultType\": \"matrix\" and a \"result\", as the answer of "
                 "/api/v1/query_range");
  }
  std::set<std::pair<std::string, alert::Labels>> seen;
  for (const auto& value : result->get_array()) {
    const auto pointer = fmt::format("/data/result/{}", all.size());
    if (const auto wrong = read_series(value, pointer, all.emplace_back())) return wrong;
    if (!seen.emplace(all.back().name, all.back().labels).second) {
      return fault(pointer + "/metric", "is that of an earlier series too");
    }
  }
  if (all.empty()) return fault("/data/result", "there is no series");
  return std::nullopt;
}

}  // namespace

boost::system::result<std::vector<Series>, std::string> read_matrix(std::string_view text,
                                                                    const std::string& file) {
  json::stream_parser parser;
  json::error_code error;
  const auto read = parser.write_some(text.data(), text.size(), error);
  if (!error && read == text.size()) parser.finish(error);
  const auto before = text.substr(0, read);
  const bool has_rest = text.find_first_not_of(" \t\r\n", read) != std::string_view::npos;
  if (error || has_rest) {
    return fmt::format("{}:{}: is no JSON: {}", file,
                       1 + std::count(before.begin(), before.end(), '\n'),
                       error ? error.message() : "there is text after its end");
  }
  std::vector<Series> all;
  if (const auto wrong = read_answer(parser.release(), all)) return file + ": " + *wrong;
  return all;
}

}  // namespace scalehook::simulate
