#include "plugins/kubernetes/workload.hpp"

#include <boost/json/value.hpp>

namespace scalehook::kubernetes {

outcome<Workload> parse_workload(const std::string& body,
                                 std::chrono::system_clock::time_point now) {
  const auto value = parse_object(body);
  if (!value) return bad_answer("an object of the group apps", body);
  const auto replicas = find_count(*value, "/spec/replicas", 1);
  const auto ready = find_count(*value, "/status/readyReplicas", 0);
  Workload workload;
  workload.uid = find_text(*value, "/metadata/uid");
  workload.version = find_text(*value, "/metadata/resourceVersion");
  if (!replicas || !ready || workload.uid.empty() || workload.version.empty()) {
    return bad_answer("an object of the group apps", body);
  }
  workload.replicas = *replicas;
  workload.ready = *ready;
  workload.controller = find_controller(*value);
  workload.deleting = find(*value, "/metadata/deletionTimestamp") != nullptr;
  const boost::json::value* annotations = find(*value, "/metadata/annotations");
  if (annotations && annotations->is_object()) {
    workload.pause = find_pause(annotations->get_object(), now);
  }
  return workload;
}

outcome<Scale> parse_scale(const std::string& body) {
  const auto value = parse_object(body);
  const auto replicas = value ? find_count(*value, "/spec/replicas", 0) : std::nullopt;
  if (!replicas || find_text(*value, "/kind") != "Scale") return bad_answer("a Scale", body);
  return Scale{*replicas, find_text(*value, "/metadata/uid"),
               find_text(*value, "/metadata/resourceVersion")};
}

}  // namespace scalehook::kubernetes
