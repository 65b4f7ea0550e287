#include "plugins/kubernetes/workload.hpp"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <charconv>

namespace scalehook::kubernetes {
namespace {

constexpr const char* expected = "an object with replicas";

// What every object's metadata says; the uid or the version is empty if it is no object.
Workload read_metadata(const boost::json::value& object,
                       std::chrono::system_clock::time_point now) {
  Workload workload;
  workload.uid = find_text(object, "/metadata/uid");
  workload.version = find_text(object, "/metadata/resourceVersion");
  workload.controller = find_controller(object);
  workload.deleting = find(object, "/metadata/deletionTimestamp") != nullptr;
  const boost::json::value* annotations = find(object, "/metadata/annotations");
  if (annotations && annotations->is_object()) {
    workload.pause = find_pause(annotations->get_object(), now);
  }
  return workload;
}

}  // namespace

outcome<Workload> parse_workload(const std::string& body,
                                 std::chrono::system_clock::time_point now) {
  const auto value = parse_object(body);
  if (!value) return bad_answer(expected, body);
  const auto replicas = find_count(*value, "/spec/replicas", 1);
  const auto ready = find_count(*value, "/status/readyReplicas", 0);
  Workload workload = read_metadata(*value, now);
  if (!replicas || !ready || workload.uid.empty() || workload.version.empty()) {
    return bad_answer(expected, body);
  }
  workload.replicas = *replicas;
  workload.ready = *ready;
  return workload;
}

outcome<Workload> parse_workload(const std::string& body, const Scale& scale,
                                 std::chrono::system_clock::time_point now) {
  const auto value = parse_object(body);
  if (!value) return bad_answer(expected, body);
  Workload workload = read_metadata(*value, now);
  if (workload.uid.empty() || workload.version.empty()) return bad_answer(expected, body);
  workload.replicas = scale.replicas;
  workload.ready = scale.observed;
  // In a kind of anybody's making a field of that name may be something else.
  for (const char* field : {"/status/readyReplicas", "/status/availableReplicas"}) {
    const auto ready = find_count(*value, field, -1);
    if (!ready || *ready < 0) continue;
    workload.ready = *ready;
    break;
  }
  return workload;
}

std::string to_text(const Seen& seen) {
  return fmt::format("{}/{}/{}", seen.replicas, seen.uid, seen.version);
}

Seen parse_seen(std::string_view text) {
  const auto first = text.find('/');
  const auto last = text.rfind('/');
  if (first == last) return {std::string{text}, {}, 0};
  Seen seen{std::string{text.substr(last + 1)},
            std::string{text.substr(first + 1, last - first - 1)}, 0};
  const auto end = std::from_chars(text.data(), text.data() + first, seen.replicas);
  if (end.ec != std::errc{} || end.ptr != text.data() + first) seen.uid.clear();
  return seen;
}

bool only_touched(const Seen& seen, const Workload& now, std::int64_t to) {
  const hold held = now.pause.hold;
  const bool is_held = held == hold::all || (held == hold::in && to < seen.replicas) ||
                       (held == hold::out && to > seen.replicas);
  return !seen.uid.empty() && now.uid == seen.uid && now.replicas == seen.replicas &&
         !now.deleting && !now.controller && !is_held;
}

outcome<Scale> parse_scale(const std::string& body) {
  const auto value = parse_object(body);
  if (!value || find_text(*value, "/kind") != "Scale") return bad_answer("a Scale", body);
  const auto* const replicas = find(*value, "/spec/replicas");
  if (replicas && !replicas->is_int64()) return bad_answer("a Scale", body);
  return Scale{replicas ? replicas->get_int64() : 0,
               find_count(*value, "/status/replicas", 0).value_or(0),
               find_text(*value, "/metadata/uid"), find_text(*value, "/metadata/resourceVersion")};
}

}  // namespace scalehook::kubernetes
