// A recorded metric.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/alert/alert.hpp"

namespace scalehook::simulate {

using alert::Time;

struct Sample {
  Time at{};
  double value{};  // NaN: recorded as nothing
};

struct Series {
  std::string name;             // of the metric; empty: it has none
  alert::Labels labels;         // without __name__
  std::vector<Sample> samples;  // times rise; never empty
};

struct Trace {
  std::string file;
  std::vector<Series> series;  // never empty; their names or labels differ
  // The usual time between two samples of a series; a minute if there is only one.
  std::chrono::nanoseconds step{};
  // How long a sample is taken for the metric's value if no further one follows: Prometheus's five
  // minutes for samples, the step for what was already evaluated at each step.
  std::chrono::nanoseconds lookback{};
  bool is_evaluated = false;  // at each step
};

// A CSV file of times and values, or the answer of Prometheus's /api/v1/query_range, whichever the
// text is. Times in CSV: RFC 3339, seconds since 1970, or "2026-01-31 12:00:00", which is UTC; a
// header and quotes are allowed. On failure one sentence that begins with the place,
// "FILE:LINE: …" or "FILE: JSON POINTER: …".
boost::system::result<Trace, std::string> read_trace(std::string_view text,
                                                     const std::string& file);

// The value at that time; NaN if there is none.
double value_at(const Series& series, Time time, std::chrono::nanoseconds lookback);

// Each of the two formats by itself: one or several series. See read_trace.
boost::system::result<std::vector<Series>, std::string> read_csv(std::string_view text,
                                                                 const std::string& file);
boost::system::result<std::vector<Series>, std::string> read_matrix(std::string_view json,
                                                                    const std::string& file);

// Of a sample: as Prometheus writes it, so also "NaN", "+Inf" and "-Inf".
bool parse_sample(std::string_view text, double& value);

// Seconds since 1970, to the millisecond as in Prometheus. False if they are outside the years 1678
// to 2261.
bool time_of(double seconds, Time& time);

}  // namespace scalehook::simulate
