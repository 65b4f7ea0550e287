#include "core/upstream/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/upstream/labels.hpp"

namespace scalehook::upstream {
namespace {

namespace json = boost::json;

// "35", "4e+06", "NaN", "+Inf", "-Inf".
double number_of(const json::value& value) {
  std::string_view text = value.as_string();
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) {
    throw std::invalid_argument{"not a number: " + json::serialize(value)};
  }
  return number;
}

// Seconds since the epoch, with a fraction.
alert::Time time_of(const json::value& value) {
  const auto seconds = value.to_number<double>();
  constexpr double most = 9e9;  // what nanoseconds of 64 bits hold
  if (!(std::abs(seconds) < most)) {
    throw std::invalid_argument{"not a time: " + json::serialize(value)};
  }
  return alert::Time{std::chrono::milliseconds{std::llround(seconds * 1000)}};
}

// `point` is a pair: time and value.
Sample sample_of(alert::Labels labels, const json::value& point) {
  labels.erase("__name__");
  return {std::move(labels), number_of(point.at(1)), time_of(point.at(0))};
}

QueryAnswer read(const json::value& document) {
  if (document.at("status").as_string() != "success") {
    return "refused: " + json::value_to<std::string>(document.at("error"));
  }
  const json::value& data = document.at("data");
  const json::value& result = data.at("result");
  const auto& type = data.at("resultType").as_string();
  if (type == "scalar") return std::vector{sample_of({}, result)};
  if (type != "vector") {
    return fmt::format("the query gives a {}, where samples of one time are wanted",
                       std::string_view{type});
  }
  std::vector<Sample> samples;
  samples.reserve(result.as_array().size());
  for (const json::value& one : result.as_array()) {
    samples.push_back(sample_of(labels_of(one.at("metric")), one.at("value")));
  }
  return samples;
}

}  // namespace

Request query_request(std::string_view prometheus_url, std::string_view expression) {
  while (prometheus_url.ends_with('/')) prometheus_url.remove_suffix(1);
  Request request;
  request.method = "POST";
  request.url = std::string{prometheus_url} + "/api/v1/query";
  request.body = "query=" + boost::urls::encode(expression, boost::urls::unreserved_chars);
  request.content_type = "application/x-www-form-urlencoded";
  return request;
}

QueryAnswer parse_query(const Response& response) {
  try {
    return read(json::parse(response.body));
  } catch (const std::exception& fault) {
    return fmt::format("answered {}, and not as Prometheus does: {}", response.status,
                       fault.what());
  }
}

Pick pick(const std::vector<Sample>& samples, const alert::Labels& alert_labels) {
  Pick picked;
  for (const Sample& sample : samples) {
    // Both are sorted by name.
    if (!std::includes(alert_labels.begin(), alert_labels.end(), sample.labels.begin(),
                       sample.labels.end())) {
      continue;
    }
    if (++picked.matching == 1) {
      picked.sample = sample;
    } else {
      picked.sample.reset();
    }
  }
  return picked;
}

}  // namespace scalehook::upstream
