// A timeline as text.
#pragma once

#include <chrono>
#include <string>

#include "core/simulate/timeline.hpp"

namespace scalehook::simulate {

// A table of decisions, for people: those in a row that changed nothing for the same reason are one
// line; then the sums. Times are UTC.
std::string as_text(const Timeline& timeline);

// Every decision: time,target,value,alert,from,to,changed,reason,rule,explanation.
std::string as_csv(const Timeline& timeline);

// {"alert","comparison","start","end","notifications","decisions","workloads","series"}.
std::string as_json(const Timeline& timeline);

// "35" or "0.33".
std::string number_text(double value);
// "1h30m", "0s".
std::string duration_text(std::chrono::nanoseconds duration);
// "2026-01-31 12:00:00"
std::string time_text(Time time);
// {a="b", c="d"}
std::string labels_text(const alert::Labels& labels);

}  // namespace scalehook::simulate
