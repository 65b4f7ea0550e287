// Pause and resume.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/http/server.hpp"
#include "core/scaling/pause.hpp"

namespace scalehook::api {

// Called on the web server's thread; must return soon.
struct Pausing {
  // Replaces the one of the same target, rule and direction.
  std::function<void(scaling::Pause)> pause;
  // Ends those of this target and rule, or with neither every one; how many there were.
  std::function<std::size_t(const std::string& target, const std::string& rule)> resume;
  // Those in force.
  std::function<std::vector<scaling::Pause>()> pauses;
  // The names of the rules there are.
  std::function<std::vector<std::string>()> rules;
  std::function<alert::Time()> now;
};

// POST /api/v1/pause takes {"target", "rule", "direction": "in" | "out", "until": RFC 3339 | "for":
// "2h", "comment"}, all of them optional: {} pauses everything until it is resumed. POST
// /api/v1/resume takes {"target", "rule"}, and answers 404 if nothing is paused by these; {}
// resumes everything. GET /api/v1/pauses lists what is paused. What is wrong with a body is 400
// with one sentence; so is a pause of a rule that does not exist, lest a slip of the pen pause
// nothing.
std::vector<http::Route> pauses(const Pausing& pausing);

}  // namespace scalehook::api
