#include "plugins/kubernetes/event.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "plugins/kubernetes/answer.hpp"

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

}  // namespace

std::string event_json(const Kind& kind, const Change& change, const std::string& host,
                       std::chrono::system_clock::time_point now) {
  const bool known = change.from.has_value();
  const bool out = known && change.to > *change.from;
  std::string note =
      !known ? fmt::format("Scaled to {}", change.to)
             : fmt::format("Scaled {} from {} to {}", out ? "out" : "in", *change.from, change.to);
  if (!change.why.empty()) note += ": " + change.why;

  // The limits of 1024 and 128 bytes are the API's; the server refuses longer texts.
  return boost::json::serialize(boost::json::object{
      {"apiVersion", "events.k8s.io/v1"},
      {"kind", "Event"},
      {"metadata", {{"name", event_name(change.name, now)}, {"namespace", change.space}}},
      {"eventTime", micro_time(now)},
      {"type", "Normal"},
      {"reason", !known ? "Scaled"
                 : out  ? "ScaledOut"
                        : "ScaledIn"},
      {"action", "Scale"},
      {"note", one_line(note, 1024)},
      {"reportingController", "scalehook"},
      {"reportingInstance", one_line(host.empty() ? "unknown" : host, 128)},
      {"regarding",
       {{"apiVersion", "apps/v1"},
        {"kind", kind.name},
        {"namespace", change.space},
        {"name", change.name},
        {"uid", change.uid}}},
  });
}

}  // namespace scalehook::kubernetes
