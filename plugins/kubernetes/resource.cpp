#include "plugins/kubernetes/resource.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace scalehook::kubernetes {

std::string to_text(const Place& place) {
  return place.space.empty() ? place.name : fmt::format("{}/{}", place.space, place.name);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

std::string api_version(const Resource& resource) {
  return resource.group.empty() ? resource.version
                                : fmt::format("{}/{}", resource.group, resource.version);
}

std::string_view group_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view{} : api_version.substr(0, slash);
}

std::string api_path(std::string_view api_version) {
  return fmt::format("/{}/{}", group_of(api_version).empty() ? "api" : "apis", api_version);
}

std::string object_path(const Resource& resource, const Place& place) {
  const std::string folder =
      resource.namespaced ? fmt::format("/namespaces/{}", place.space) : std::string{};
  return fmt::format("{}{}/{}/{}", api_path(api_version(resource)), folder, resource.plural,
                     place.name);
}

bool says_its_count(const Resource& resource) {
  return resource.group.empty() || resource.group == "apps";
}

}  // namespace scalehook::kubernetes
