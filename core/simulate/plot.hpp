// A timeline as a picture.
#pragma once

#include <string>

#include "core/simulate/timeline.hpp"

namespace scalehook::simulate {

// A whole SVG file that needs nothing else: above the metric with its threshold, below the replicas
// as steps, behind both when the alert was pending and when it fired. Times are UTC.
std::string plot(const Timeline& timeline);

}  // namespace scalehook::simulate
