#include "core/dispatch/clock.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fstream>

namespace scalehook::dispatch {
namespace {

namespace json = boost::json;
using std::chrono::nanoseconds;

std::string read_boot_id() {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string id;
  std::getline(file, id);
  return id;
}

}  // namespace

nanoseconds boot_time() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
}

Anchor anchor_at(scaling::Moment moment) {
  static const std::string boot_id = read_boot_id();
  return {moment,
          std::chrono::time_point_cast<alert::Time::duration>(std::chrono::system_clock::now()),
          boot_time(), boot_id};
}

scaling::Moment go_on(const std::optional<Anchor>& before, const Anchor& now) {
  if (!before) return scaling::Moment{now.wall.time_since_epoch()};
  const bool same_boot = !now.boot_id.empty() && before->boot_id == now.boot_id;
  const nanoseconds passed = same_boot ? now.boot - before->boot : now.wall - before->wall;
  return before->moment + std::max(passed, nanoseconds{0});
}

std::string to_json(const Anchor& anchor) {
  return json::serialize(json::object{{"moment", anchor.moment.time_since_epoch().count()},
                                      {"wall", anchor.wall.time_since_epoch().count()},
                                      {"boot", anchor.boot.count()},
                                      {"boot_id", anchor.boot_id}});
}

std::optional<Anchor> parse_anchor(std::string_view text) {
  boost::system::error_code fault;
  const auto parsed = json::parse(text, fault);
  if (fault || !parsed.is_object()) return std::nullopt;
  const auto& object = parsed.as_object();
  const auto time = [&](const char* name) -> std::optional<nanoseconds> {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return nanoseconds{value->as_int64()};
  };
  const auto moment = time("moment");
  const auto wall = time("wall");
  const auto boot = time("boot");
  const auto* boot_id = object.if_contains("boot_id");
  if (!moment || !wall || !boot || boot_id == nullptr || !boot_id->is_string()) return std::nullopt;
  return Anchor{scaling::Moment{*moment}, alert::Time{*wall}, *boot,
                std::string{boot_id->as_string()}};
}

}  // namespace scalehook::dispatch
