// Numbers, times and labels in words.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"

namespace scalehook::simulate {

using alert::Time;

// "35" or "0.33".
std::string number_text(double value);
// "1h30m", "0s".
std::string duration_text(std::chrono::nanoseconds duration);
// "2026-01-31 12:00:00"
std::string time_text(Time time);
// {a="b", c="d"}
std::string labels_text(const alert::Labels& labels);

// Rows of as many cells each. Columns are as wide as their widest cell; the last is not padded.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace scalehook::simulate
