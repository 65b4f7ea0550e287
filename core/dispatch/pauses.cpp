#include "core/dispatch/pauses.hpp"

namespace scalehook::dispatch {
namespace {

bool in_force(const scaling::Pause& pause, alert::Time now) {
  return !pause.until || *pause.until > now;
}

}  // namespace

void Pauses::add(scaling::Pause pause) {
  std::pair key{pause.target, pause.rule};
  pauses_.insert_or_assign(std::move(key), std::move(pause));
}

std::vector<scaling::Pause> Pauses::remove(const std::string& target, const std::string& rule) {
  const bool everything = target.empty() && rule.empty();
  std::vector<scaling::Pause> removed;
  std::erase_if(pauses_, [&](const auto& entry) {
    const auto& pause = entry.second;
    const bool meant = everything || (pause.target == target && pause.rule == rule);
    if (meant) removed.push_back(pause);
    return meant;
  });
  return removed;
}

std::vector<scaling::Pause> Pauses::all(alert::Time now) const {
  std::vector<scaling::Pause> pauses;
  for (const auto& [key, pause] : pauses_) {
    if (in_force(pause, now)) pauses.push_back(pause);
  }
  return pauses;
}

std::vector<scaling::Pause> Pauses::about(const std::string& target, alert::Time now) const {
  auto pauses = all(now);
  std::erase_if(pauses,
                [&](const auto& pause) { return !pause.target.empty() && pause.target != target; });
  return pauses;
}

}  // namespace scalehook::dispatch
