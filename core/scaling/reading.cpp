#include "core/scaling/reading.hpp"

namespace scalehook::scaling {

bool covers(std::string_view direction, bool out) {
  return direction.empty() || direction == "all" || direction == (out ? "out" : "in");
}

const Pause* pause_of(const Surroundings& surroundings, const std::string& rule, bool out) {
  for (const Pause& pause : surroundings.pauses) {
    const bool about = pause.rule.empty() || pause.rule == rule;
    if (about && covers(pause.direction, out)) return &pause;
  }
  return nullptr;
}

bool is_blocked(const Reading& reading, const Surroundings& surroundings, const std::string& rule,
                bool out) {
  if (!out && surroundings.scale_in_frozen) return true;
  const bool held = !reading.hold.empty() && covers(reading.hold, out);
  return held || pause_of(surroundings, rule, out) != nullptr;
}

}  // namespace scalehook::scaling
