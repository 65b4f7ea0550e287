#include "plugins/kubernetes/discovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <utility>

#include "plugins/kubernetes/answer.hpp"
#include "plugins/kubernetes/object.hpp"

namespace scalehook::kubernetes {
namespace {

namespace json = boost::json;

// Labels may name any number of versions that are not there.
constexpr std::size_t most_known = 200;

// Those in which spec.replicas is the count. The old ones are what API servers still have for kinds
// of old: OpenShift's for its DeploymentConfigs.
bool is_scale(const json::value& entry) {
  constexpr std::string_view known[] = {"autoscaling/v1", "extensions/v1beta1", "apps/v1beta1",
                                        "apps/v1beta2"};
  const std::string version = find_text(entry, "/group") + "/" + find_text(entry, "/version");
  return find_text(entry, "/kind") == "Scale" && std::ranges::count(known, version) != 0;
}

// Two resources may have one kind; that with a scale is preferred.
const Listed* find_kind(const std::vector<Listed>& listed, const std::string& kind) {
  const Listed* found = nullptr;
  for (const Listed& each : listed) {
    if (each.resource.kind != kind) continue;
    if (each.has_scale) return &each;
    if (!found) found = &each;
  }
  return found;
}

std::string kinds_with_scale(const std::vector<Listed>& listed) {
  std::string kinds;
  for (const Listed& each : listed) {
    if (each.has_scale) kinds += (kinds.empty() ? "" : ", ") + each.resource.kind;
  }
  return kinds.empty() ? "none" : kinds;
}

constexpr const char* later = "; should it come later, it will be found";

// `told`: the answer to the question.
failure not_served(const std::string& told, const std::string& api_version,
                   const std::string& kind) {
  return refused("no-kind", fmt::format("the API server has no {}: install what defines its {}, or "
                                        "mend the target's `apiVersion`, see `kubectl "
                                        "api-versions`{}; {}",
                                        api_version, kind, later, told));
}

failure not_there(const std::vector<Listed>& listed, const std::string& api_version,
                  const std::string& kind) {
  if (!find_kind(listed, kind)) {
    return refused("no-kind", fmt::format("the API server has no {} in {}: install what defines "
                                          "it, or mend the target's `kind`; those with a scale "
                                          "subresource there: {}{}",
                                          kind, api_version, kinds_with_scale(listed), later));
  }
  // A group with a dot is somebody's own.
  const char* const remedy =
      group_of(api_version).find('.') == std::string_view::npos
          ? "the rule has to name another kind"
          : "its CustomResourceDefinition has to say `subresources: {scale: …}`, or the rule to "
            "name another kind";
  return refused("no-scale",
                 fmt::format("{} of {} has no scale subresource, by which it could "
                             "be scaled: {}; those with one there: {}{}",
                             kind, api_version, remedy, kinds_with_scale(listed), later));
}

}  // namespace

outcome<std::vector<Listed>> parse_resources(const std::string& body,
                                             std::string_view api_version) {
  const auto value = parse_object(body);
  const json::value* const entries = value ? find(*value, "/resources") : nullptr;
  if (!value || find_text(*value, "/kind") != "APIResourceList" || !entries ||
      !entries->is_array()) {
    return bad_answer("a list of resources", body);
  }
  const std::string_view group = group_of(api_version);
  const std::string_view version = api_version.substr(group.empty() ? 0 : group.size() + 1);
  std::vector<Listed> listed;
  std::vector<std::string> scales;
  for (const json::value& entry : entries->get_array()) {
    std::string name = find_text(entry, "/name");
    const json::value* const namespaced = find(entry, "/namespaced");
    if (is_scale(entry)) {
      scales.push_back(std::move(name));
    } else if (is_name(name)) {
      listed.push_back({{std::string{group}, std::string{version}, find_text(entry, "/kind"),
                         std::move(name), namespaced && *namespaced == true}});
    }
  }
  for (Listed& each : listed) {
    each.has_scale = std::ranges::find(scales, each.resource.plural + "/scale") != scales.end();
  }
  return listed;
}

outcome<Resource> Discovery::find(const std::string& api_version, const std::string& kind,
                                  const Ask& ask, Clock::time_point now) {
  auto known = recall(api_version);
  const auto found = [&]() -> const Listed* {
    const Listed* const entry = known ? find_kind(known->listed, kind) : nullptr;
    return entry && entry->has_scale ? entry : nullptr;
  };
  if (!found() && (!known || now - known->asked_at >= absent_for)) {
    auto told = std::make_shared<Known>();
    told->asked_at = now;
    const auto answer = ask(api_path(api_version));
    if (!answer && !is_absent(answer.error())) return answer.error();
    if (!answer) {
      told->absence = answer.error().explanation;
    } else {
      auto listed = parse_resources(answer->body, api_version);
      if (!listed) return listed.error();
      told->listed = *std::move(listed);
    }
    known = std::move(told);
    remember(api_version, known);
  }
  if (const Listed* const entry = found()) return entry->resource;
  if (!known->is_served()) return not_served(*known->absence, api_version, kind);
  return not_there(known->listed, api_version, kind);
}

void Discovery::forget(const std::string& api_version) {
  const std::lock_guard lock{mutex_};
  known_.erase(api_version);
}

bool Discovery::doubt(const std::string& api_version, Clock::time_point now) {
  const std::lock_guard lock{mutex_};
  const auto found = known_.find(api_version);
  if (found == known_.end() || now - found->second->asked_at < absent_for) return false;
  known_.erase(found);
  return true;
}

std::shared_ptr<const Discovery::Known> Discovery::recall(const std::string& api_version) {
  const std::lock_guard lock{mutex_};
  const auto found = known_.find(api_version);
  return found == known_.end() ? nullptr : found->second;
}

void Discovery::remember(const std::string& api_version, std::shared_ptr<const Known> known) {
  const std::lock_guard lock{mutex_};
  if (known_.size() >= most_known && !known_.contains(api_version)) make_room();
  auto& kept = known_[api_version];
  // Of two that asked at once the later one knows better.
  if (!kept || kept->asked_at <= known->asked_at) kept = std::move(known);
}

void Discovery::make_room() {
  std::erase_if(known_, [](const auto& each) { return !each.second->is_served(); });
  if (known_.size() < most_known) return;
  known_.erase(
      std::ranges::min_element(known_, {}, [](const auto& each) { return each.second->asked_at; }));
}

}  // namespace scalehook::kubernetes
