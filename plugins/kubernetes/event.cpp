#include "plugins/kubernetes/event.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "plugins/kubernetes/access/one_line.hpp"

namespace scalehook::kubernetes {
namespace {

// metav1.MicroTime: RFC 3339 with exactly six digits of a second.
std::string micro_time(std::chrono::system_clock::time_point now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto micros = std::chrono::floor<std::chrono::microseconds>(now - second).count();
  const std::time_t time = std::chrono::system_clock::to_time_t(second);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(time), micros);
}

// As kubectl and the controllers name theirs: the object, then the time. The object's part is cut
// to what leaves a valid name; a request sent twice makes one Event.
std::string event_name(const std::string& object, std::chrono::system_clock::time_point now) {
  std::string name = object.substr(0, 253 - 1 - 16);
  name.erase(name.find_last_not_of(".-") + 1);
  const auto time = std::chrono::nanoseconds{now.time_since_epoch()}.count();
  return fmt::format("{}.{:x}", name, time);
}

// What it says; `reason` is a word for machines.
struct Said {
  std::string reason, action, note;
};

Said say(const Change& change) {
  const bool known = change.from.has_value();
  const bool out = known && change.to > *change.from;
  const std::string counts = known ? fmt::format("from {} to {}", *change.from, change.to)
                                   : fmt::format("to {}", change.to);
  if (!change.autoscaler) {
    const char* const way = !known ? "" : out ? "out " : "in ";
    return {!known ? "Scaled"
            : out  ? "ScaledOut"
                   : "ScaledIn",
            "Scale", fmt::format("Scaled {}{}", way, counts)};
  }
  const char* const did = !known ? "Set" : out ? "Raised" : "Lowered";
  return {fmt::format("MinReplicas{}", did), "SetMinReplicas",
          fmt::format("{} minReplicas of the HorizontalPodAutoscaler {}/{} {}", did,
                      change.place.space, change.autoscaler->name, counts)};
}

}  // namespace

std::string event_space(const Place& place) {
  return place.space.empty() ? "kube-system" : place.space;
}

std::string event_json(const Resource& resource, const Change& change, const std::string& host,
                       std::chrono::system_clock::time_point now) {
  Said said = say(change);
  if (!change.why.empty()) said.note += ": " + change.why;

  // The limits of 1024 and 128 bytes are the API's; the server refuses longer texts.
  boost::json::object event{
      {"apiVersion", "events.k8s.io/v1"},
      {"kind", "Event"},
      {"metadata",
       {{"name", event_name(change.place.name, now)}, {"namespace", event_space(change.place)}}},
      {"eventTime", micro_time(now)},
      {"type", "Normal"},
      {"reason", said.reason},
      {"action", said.action},
      {"note", one_line(said.note, 1024)},
      {"reportingController", "scalehook"},
      {"reportingInstance", one_line(host.empty() ? "unknown" : host, 128)},
      {"regarding",
       {{"apiVersion", api_version(resource)},
        {"kind", resource.kind},
        {"name", change.place.name},
        {"uid", change.uid}}},
  };
  if (resource.namespaced) event["regarding"].as_object()["namespace"] = change.place.space;
  if (change.autoscaler) {
    event["related"] = {{"apiVersion", "autoscaling/v1"},
                        {"kind", "HorizontalPodAutoscaler"},
                        {"namespace", change.place.space},
                        {"name", change.autoscaler->name},
                        {"uid", change.autoscaler->uid}};
  }
  return boost::json::serialize(event);
}

}  // namespace scalehook::kubernetes
