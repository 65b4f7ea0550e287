// What Prometheus answers to an instant query: POST /api/v1/query.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/upstream/request.hpp"

namespace scalehook::upstream {

struct Sample {
  alert::Labels labels;  // without __name__
  double value{};        // may be NaN or infinite
  alert::Time time{};    // of the evaluation, NOT of the scrape: see age_of() for that
};

// The samples of a vector or a scalar (one sample without labels), or one sentence on why there are
// none to be had. No samples is an answer: nothing has that series now.
using QueryAnswer = boost::system::result<std::vector<Sample>, std::string>;

// What to send to the Prometheus at that address, and what its response says. Any thread.
Request query_request(std::string_view prometheus_url, std::string_view expression);
QueryAnswer parse_query(const Response& response);

// The one sample whose labels the alert contains, all of them with their values. None or several:
// ambiguous.
struct Pick {
  std::optional<Sample> sample;  // only if matching == 1
  std::size_t matching{};
};
Pick pick(const std::vector<Sample>& samples, const alert::Labels& alert_labels);

}  // namespace scalehook::upstream
