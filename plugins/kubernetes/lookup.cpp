#include "plugins/kubernetes/lookup.hpp"

#include <fmt/format.h>

#include <utility>

#include "plugins/kubernetes/access/one_line.hpp"
#include "plugins/kubernetes/answer.hpp"

namespace scalehook::kubernetes {
namespace {

bool is_api_version(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text);
  return is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

}  // namespace

std::string to_text(const Object& object) {
  return fmt::format("{} {}", object.resource.kind, to_text(object.place));
}

Lookup::Lookup(Client& client, std::optional<Resource> fixed)
    : client_{client}, fixed_{std::move(fixed)} {}

outcome<Object> Lookup::find(const target& target, const Patience& patience) {
  auto resource = find_resource(target, patience);
  if (!resource) return resource.error();
  Place place{std::string{target["namespace"]}, std::string{target["name"]}};
  if (!resource->namespaced && !place.space.empty()) {
    // If its definition was made anew with namespaces, no request would tell.
    if (discovery_.doubt(api_version(*resource), Discovery::Clock::now())) {
      return find(target, patience);
    }
    // Else one object would be two targets.
    return invalid("bad-target", fmt::format("{} is a kind without namespaces: leave `namespace` "
                                             "out of the rule's target",
                                             resource->kind));
  }
  if (resource->namespaced && place.space.empty()) {
    place.space = client_.access().default_namespace;
  }
  if (!is_name(place.name) || (resource->namespaced && !is_name(place.space))) {
    return invalid(
        "bad-target",
        fmt::format("\"{}\"{} is not the name of a Kubernetes object", one_line(place.name, 80),
                    resource->namespaced
                        ? fmt::format(" in the namespace \"{}\"", one_line(place.space, 80))
                        : ""));
  }
  auto path = object_path(*resource, place);
  return Object{*std::move(resource), std::move(place), std::move(path)};
}

bool Lookup::forget(const Object& object) {
  if (!fixed_) discovery_.forget(api_version(object.resource));
  return !fixed_;
}

outcome<Resource> Lookup::find_resource(const target& target, const Patience& patience) {
  if (fixed_) return *fixed_;
  const std::string version{target["apiVersion"]};
  if (!is_api_version(version)) {
    return invalid("bad-target", fmt::format("\"{}\" is no `apiVersion`, as \"apps/v1\" is one",
                                             one_line(version, 80)));
  }
  const auto ask = [&](const std::string& path) -> outcome<Answer> {
    auto answer = succeed(client_, {"GET", path, {}, {}}, patience);
    if (answer || answer.error().code != "http-403") return answer;
    failure fault = answer.error();
    fault.explanation +=
        " (the verb `get` on that path, which the ClusterRole system:discovery gives)";
    return fault;
  };
  return discovery_.find(version, one_line(target["kind"], 80), ask, Discovery::Clock::now());
}

}  // namespace scalehook::kubernetes
