#include "core/scaling/serving.hpp"

#include <algorithm>

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

// A sample is no older than its rule's max_age, which nobody sets to an hour.
constexpr auto serving_kept = 1h;
// A target that is read all the time changes its ready count at most at each reading.
constexpr std::size_t most_kept = 240;

}  // namespace

void note_serving(Memory& memory, const Reading& reading, Moment now) {
  auto& serving = memory.serving;
  const auto ready = reading.ready.value_or(reading.replicas);
  if (serving.empty() || serving.back().replicas != ready) serving.push_back({now, ready});
  auto first = serving.begin();
  while (first + 1 != serving.end() && (first + 1)->at + serving_kept <= now) ++first;
  const auto kept = static_cast<std::size_t>(serving.end() - first);
  if (kept > most_kept) first = serving.end() - static_cast<std::ptrdiff_t>(most_kept);
  serving.erase(serving.begin(), first);
}

std::optional<double> mean_serving(const Memory& memory, Moment at) {
  const auto& serving = memory.serving;
  if (serving.empty()) return std::nullopt;
  const Moment from = at - sample_time;
  double sum = 0;
  for (std::size_t index = 0; index < serving.size(); ++index) {
    const Moment begin = index == 0 ? from : std::max(from, serving[index].at);
    const Moment end = index + 1 == serving.size() ? at : std::min(at, serving[index + 1].at);
    if (end <= begin) continue;
    const std::chrono::duration<double> held = end - begin;
    sum += held.count() * static_cast<double>(serving[index].replicas);
  }
  return sum / std::chrono::duration<double>(sample_time).count();
}

}  // namespace scalehook::scaling
