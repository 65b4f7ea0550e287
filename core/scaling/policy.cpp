#include "core/scaling/policy.hpp"

#include <array>
#include <utility>

namespace scalehook::scaling {
namespace {

constexpr std::array<std::pair<Action, std::string_view>, 4> actions{{
    {Action::scale_out, "scale-out"},
    {Action::scale_in, "scale-in"},
    {Action::scale_to, "scale-to"},
    {Action::hold, "hold"},
}};

}  // namespace

std::optional<Action> parse_action(std::string_view text) {
  for (const auto& [action, name] : actions) {
    if (name == text) return action;
  }
  return std::nullopt;
}

std::string_view to_text(Action action) {
  for (const auto& [known, name] : actions) {
    if (known == action) return name;
  }
  return "unknown";
}

}  // namespace scalehook::scaling
