#include "core/dispatch/objects.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace scalehook::dispatch {
namespace {

bool is_uuid(std::string_view text) {
  constexpr std::string_view form = "00000000-0000-0000-0000-000000000000";
  return std::equal(text.begin(), text.end(), form.begin(), form.end(), [](char c, char place) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    return place == '-' ? c == '-' : hex;
  });
}

std::string name_of(const Lane& lane, const std::string& uid) {
  return is_uuid(uid) ? uid : lane.target().scaler + "/" + uid;
}

bool changes_something(const scaling::Memory& memory) {
  const auto is_real = [](const auto& behavior) { return behavior && !behavior->dry_run; };
  return std::any_of(memory.claims.begin(), memory.claims.end(),
                     [&](const auto& entry) { return is_real(entry.second.behavior); }) ||
         (memory.obligation && is_real(memory.obligation->behavior));
}

}  // namespace

void Objects::note(const Lane& lane, const std::string& before) {
  const auto& uid = lane.memory().uid;
  if (uid == before) return;
  forget(lane, before);
  if (!uid.empty()) lanes_.emplace(name_of(lane, uid), &lane);
}

void Objects::forget(const Lane& lane, const std::string& uid) {
  const auto [begin, end] = lanes_.equal_range(name_of(lane, uid));
  const auto old = std::find_if(begin, end, [&](const auto& one) { return one.second == &lane; });
  if (old != end) lanes_.erase(old);
}

const Lane* Objects::scaled_as(const Lane& lane, const std::string& uid) const {
  if (uid.empty()) return nullptr;
  const auto& own = lane.memory();
  const auto [begin, end] = lanes_.equal_range(name_of(lane, uid));
  for (auto one = begin; one != end; ++one) {
    const Lane& other = *one->second;
    const auto& its = other.memory();
    if (&other == &lane || !its.began_at || !changes_something(its)) continue;
    const bool is_first =
        own.uid != uid || !own.began_at ||
        std::tie(*its.began_at, other.target()) < std::tie(*own.began_at, lane.target());
    if (is_first) return &other;
  }
  return nullptr;
}

}  // namespace scalehook::dispatch
