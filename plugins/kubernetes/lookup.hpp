// From a rule's target to the object that it means.
#pragma once

#include <optional>
#include <scalehook/plugin.hpp>
#include <string>

#include "plugins/kubernetes/discovery.hpp"
#include "plugins/kubernetes/resource.hpp"
#include "plugins/kubernetes/transport/client.hpp"

namespace scalehook::kubernetes {

struct Object {
  Resource resource;
  Place place;
  std::string path;  // of the object itself
};
std::string to_text(const Object& object);  // "Rollout shop/web"

// Any thread.
class Lookup {
 public:
  // All of the one resource; none: of whichever a target's `apiVersion` and `kind` name. The client
  // is borrowed for its life.
  Lookup(Client& client, std::optional<Resource> fixed);

  // Whether there is such an object it does not say. Target's fields that are no names are invalid,
  // with the code bad-target; other failures are those of Discovery.
  outcome<Object> find(const target& target, const Patience& patience);
  // The API server no longer has its resource. True if the same target may mean another one now.
  bool forget(const Object& object);

 private:
  outcome<Resource> find_resource(const target& target, const Patience& patience);

  Client& client_;
  const std::optional<Resource> fixed_;
  Discovery discovery_;
};

}  // namespace scalehook::kubernetes
