#include "plugins/kubernetes/autoscaler.hpp"

#include <boost/json/value.hpp>

namespace scalehook::kubernetes {
namespace {

namespace json = boost::json;

std::optional<Autoscaler> read_autoscaler(const json::value& object) {
  const auto min = find_count(object, "/spec/minReplicas", 1);
  const auto max = find_count(object, "/spec/maxReplicas", -1);
  Autoscaler found{.name = find_text(object, "/metadata/name"),
                   .uid = find_text(object, "/metadata/uid"),
                   .version = find_text(object, "/metadata/resourceVersion"),
                   .min = min.value_or(-1),
                   .max = max.value_or(-1),
                   .owner = find_controller(object)};
  if (found.min < 0 || found.max < 0 || !is_name(found.name) || found.version.empty()) {
    return std::nullopt;
  }
  // A copy of KEDA's may have lost its owner, and is still taken for its own by its name.
  const auto scaled_object = find_text(object, "/metadata/labels/scaledobject.keda.sh~1name");
  if (!found.owner && !scaled_object.empty()) found.owner = Owner{"ScaledObject", scaled_object};
  return found;
}

bool scales(const json::value& object, const Resource& resource, std::string_view name) {
  // Any version of the group counts, and so do none and the old name of apps.
  const std::string api = find_text(object, "/spec/scaleTargetRef/apiVersion");
  const std::string_view group = group_of(api);
  const bool same_group =
      api.empty() || group == resource.group || (group == "extensions" && resource.group == "apps");
  return same_group && find_text(object, "/spec/scaleTargetRef/kind") == resource.kind &&
         find_text(object, "/spec/scaleTargetRef/name") == name;
}

}  // namespace

outcome<Autoscaler> parse_autoscaler(const std::string& body) {
  const auto value = parse_object(body);
  const bool is_one = value && find_text(*value, "/kind") == "HorizontalPodAutoscaler";
  const auto found = is_one ? read_autoscaler(*value) : std::nullopt;
  if (!found) return bad_answer("a HorizontalPodAutoscaler", body);
  return *found;
}

outcome<std::vector<Autoscaler>> parse_autoscalers(const std::string& body,
                                                   const Resource& resource,
                                                   std::string_view name) {
  const auto value = parse_object(body);
  if (!value || !find_text(*value, "/kind").ends_with("HorizontalPodAutoscalerList")) {
    return bad_answer("a list of HorizontalPodAutoscalers", body);
  }
  std::vector<Autoscaler> all;
  const json::value* items = find(*value, "/items");
  if (!items || !items->is_array()) return all;  // null: none
  for (const json::value& item : items->get_array()) {
    if (!scales(item, resource, name)) continue;
    auto found = read_autoscaler(item);
    if (!found) return bad_answer("a list of HorizontalPodAutoscalers", body);
    all.push_back(*std::move(found));
  }
  return all;
}

}  // namespace scalehook::kubernetes
