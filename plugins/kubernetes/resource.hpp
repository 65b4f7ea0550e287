// What the API calls a resource: a kind of objects, and where it has them.
#pragma once

#include <string>
#include <string_view>

namespace scalehook::kubernetes {

// One that has a scale subresource.
struct Resource {
  std::string group;    // "apps"; empty: the core group
  std::string version;  // "v1"
  std::string kind;     // "Deployment"
  std::string plural;   // "deployments", as paths have it
  bool namespaced = true;

  friend bool operator==(const Resource&, const Resource&) = default;
};

// Where an object of it is.
struct Place {
  std::string space;  // empty: the resource is not namespaced
  std::string name;
};

// "shop/web", or "web" where there are no namespaces.
std::string to_text(const Place& place);

// Whether the API may use it as a name. What comes from a label or from a server's answer gets into
// a path as no other text.
bool is_name(std::string_view text);

// "apps/v1", in the core group "v1".
std::string api_version(const Resource& resource);
// Of "apps/v1" what is before the slash, of "v1" nothing.
std::string_view group_of(std::string_view api_version);
// "/apis/apps/v1", in the core group "/api/v1".
std::string api_path(std::string_view api_version);
// "/apis/apps/v1/namespaces/shop/deployments/web".
std::string object_path(const Resource& resource, const Place& place);

// Whether an object says itself how many replicas are asked for and how many are ready
// (spec.replicas, status.readyReplicas), as all of apps and of the core group do. Of any other,
// whose fields may be called anything, its scale subresource says it.
bool says_its_count(const Resource& resource);

}  // namespace scalehook::kubernetes
