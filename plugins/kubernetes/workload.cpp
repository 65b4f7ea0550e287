#include "plugins/kubernetes/workload.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "plugins/kubernetes/answer.hpp"

namespace scalehook::kubernetes {
namespace {

namespace json = boost::json;

const json::value* find(const json::value& value, const char* pointer) {
  boost::system::error_code error;
  return value.find_pointer(pointer, error);
}

std::string text(const json::value& value, const char* pointer) {
  const json::value* found = find(value, pointer);
  return found && found->is_string() ? std::string{found->get_string()} : std::string{};
}

// Absent is `otherwise`; anything but a count is a fault of the answer.
std::optional<std::int64_t> count(const json::value& value, const char* pointer,
                                  std::int64_t otherwise) {
  const json::value* found = find(value, pointer);
  if (!found) return otherwise;
  if (!found->is_int64() || found->get_int64() < 0) return std::nullopt;
  return found->get_int64();
}

failure bad_answer(std::string_view expected, const std::string& body) {
  return failed("bad-answer",
                fmt::format("the API server's answer is not {}: {}; is `server` an API server?",
                            expected, body.empty() ? "it is empty" : one_line(body, 100)));
}

std::optional<json::value> parse(const std::string& body) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error || !value.is_object()) return std::nullopt;
  return value;
}

}  // namespace

outcome<Workload> parse_workload(const std::string& body,
                                 std::chrono::system_clock::time_point now) {
  const auto value = parse(body);
  if (!value) return bad_answer("an object of the group apps", body);
  const auto replicas = count(*value, "/spec/replicas", 1);
  const auto ready = count(*value, "/status/readyReplicas", 0);
  Workload workload;
  workload.uid = text(*value, "/metadata/uid");
  workload.version = text(*value, "/metadata/resourceVersion");
  if (!replicas || !ready || workload.uid.empty() || workload.version.empty()) {
    return bad_answer("an object of the group apps", body);
  }
  workload.replicas = *replicas;
  workload.ready = *ready;
  workload.deleting = find(*value, "/metadata/deletionTimestamp") != nullptr;
  const json::value* annotations = find(*value, "/metadata/annotations");
  if (annotations && annotations->is_object()) {
    workload.pause = find_pause(annotations->get_object(), now);
  }
  return workload;
}

outcome<Scale> parse_scale(const std::string& body) {
  const auto value = parse(body);
  const auto replicas = value ? count(*value, "/spec/replicas", 0) : std::nullopt;
  if (!replicas || text(*value, "/kind") != "Scale") return bad_answer("a Scale", body);
  return Scale{*replicas, text(*value, "/metadata/uid"), text(*value, "/metadata/resourceVersion")};
}

outcome<std::optional<std::string>> find_autoscaler(const std::string& body, const Kind& kind,
                                                    std::string_view name) {
  const auto value = parse(body);
  const json::value* items = value ? find(*value, "/items") : nullptr;
  if (!value || !text(*value, "/kind").ends_with("HorizontalPodAutoscalerList")) {
    return bad_answer("a list of HorizontalPodAutoscalers", body);
  }
  if (!items || !items->is_array()) return std::optional<std::string>{};  // null: none
  for (const json::value& item : items->get_array()) {
    // Any version of the group counts, and so do the group's old name and none.
    const std::string api = text(item, "/spec/scaleTargetRef/apiVersion");
    const bool same_group =
        api.empty() || api.starts_with("apps/") || api.starts_with("extensions/");
    if (same_group && text(item, "/spec/scaleTargetRef/kind") == kind.name &&
        text(item, "/spec/scaleTargetRef/name") == name) {
      return std::optional{text(item, "/metadata/name")};
    }
  }
  return std::optional<std::string>{};
}

}  // namespace scalehook::kubernetes
