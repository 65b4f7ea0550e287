// Where the ticks of an axis stand.
#pragma once

#include <string>
#include <vector>

#include "core/simulate/timeline.hpp"

namespace scalehook::simulate {

// Values to pixels, in straight lines.
struct Axis {
  double low{}, high{};       // values; low < high
  double begin{}, end{};      // pixels
  std::vector<double> ticks;  // values, rising

  double operator()(double value) const {
    return begin + (value - low) / (high - low) * (end - begin);
  }
};

// From 0, or below it, to the highest or a little above, at steps of 1, 2 or 5 times a power of ten
// that are at least `least_step`.
Axis value_axis(double lowest, double highest, double begin, double end, double least_step);

struct TimeTick {
  Time at{};
  std::string label;
};
// At most about ten, at whole minutes, hours or days.
std::vector<TimeTick> time_ticks(Time start, Time end);

}  // namespace scalehook::simulate
