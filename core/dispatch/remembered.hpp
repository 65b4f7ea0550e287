// What the engine remembers, as text that outlives it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/rules/target.hpp"
#include "core/scaling/memory.hpp"
#include "core/scaling/pause.hpp"

namespace scalehook::dispatch {

// A target's name among what is remembered: unlike its text no other target has the same.
std::string name_of(const rules::Target& target);
std::string to_json(const rules::Target& target, const scaling::Memory& memory);
std::string to_json(const scaling::Pause& pause);

// The behavior of a rule by its name; never null, though there may be none of that name any more.
using FindBehavior =
    std::function<std::shared_ptr<const scaling::Behavior>(const std::string& rule)>;

struct Remembered {
  rules::Target target;
  scaling::Memory memory;
};

// Nothing if the text is none of ours.
std::optional<Remembered> parse_memory(std::string_view json, const FindBehavior& find);
std::optional<scaling::Pause> parse_pause(std::string_view json);

}  // namespace scalehook::dispatch
