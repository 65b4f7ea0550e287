// The annotations by which the owner of a workload asks scalehook to leave it alone.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

namespace scalehook::kubernetes {

struct Pause {
  scalehook::hold hold = scalehook::hold::none;
  std::string explanation;  // empty if there is no hold
};

// scalehook.io/paused: "true" (both directions), "in", "out", or "false"; and
// scalehook.io/paused-until, an RFC 3339 time, which alone pauses both directions. From that time
// on there is no pause. What cannot be read counts as a pause: who wrote it wanted one.
Pause find_pause(const boost::json::object& annotations, std::chrono::system_clock::time_point now);

}  // namespace scalehook::kubernetes
