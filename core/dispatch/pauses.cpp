#include "core/dispatch/pauses.hpp"

#include <utility>

namespace scalehook::dispatch {
namespace {

bool in_force(const scaling::Pause& pause, alert::Time now) {
  return !pause.until || *pause.until > now;
}

}  // namespace

void Pauses::add(scaling::Pause pause) {
  Key key{pause.target, pause.rule, pause.direction};
  pauses_.insert_or_assign(std::move(key), std::move(pause));
}

std::vector<scaling::Pause> Pauses::remove(const std::string& target, const std::string& rule) {
  const bool everything = target.empty() && rule.empty();
  return take([&](const scaling::Pause& pause) {
    return everything || (pause.target == target && pause.rule == rule);
  });
}

std::vector<scaling::Pause> Pauses::drop_ended(alert::Time now) {
  return take([&](const scaling::Pause& pause) { return !in_force(pause, now); });
}

template <typename Meant>
std::vector<scaling::Pause> Pauses::take(const Meant& meant) {
  std::vector<scaling::Pause> taken;
  for (auto place = pauses_.begin(); place != pauses_.end();) {
    if (!meant(place->second)) {
      ++place;
      continue;
    }
    taken.push_back(std::move(place->second));
    place = pauses_.erase(place);
  }
  return taken;
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
