// An object that has replicas, and its scale subresource, as the API server describes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

#include "plugins/kubernetes/object.hpp"
#include "plugins/kubernetes/pause.hpp"

namespace scalehook::kubernetes {

struct Workload {
  std::int64_t replicas = 1;
  std::int64_t ready = 0;
  std::string uid, version;
  std::optional<Owner> controller;
  bool deleting = false;
  Pause pause;
};

// The scale subresource, or the answer to a change of it.
struct Scale {
  std::int64_t replicas = 0;  // a missing spec.replicas is 0; a custom resource may have one below
  std::int64_t observed = 0;  // how many there are, ready or not
  std::string uid, version;
};
// A body that is none is a failure with the code bad-answer.
outcome<Scale> parse_scale(const std::string& body);

// An object that says its count itself. A missing spec.replicas is 1, as the API of the group apps
// says. A body that is not such an object is a failure with the code bad-answer.
outcome<Workload> parse_workload(const std::string& body,
                                 std::chrono::system_clock::time_point now);
// Any other, whose count is what its scale says. What is ready the object may say all the same
// (status.readyReplicas, else status.availableReplicas); if not, whatever there is counts.
outcome<Workload> parse_workload(const std::string& body, const Scale& scale,
                                 std::chrono::system_clock::time_point now);

// What a change of a workload relies on, as the text that a read answers as version. Should the
// resourceVersion be another, the rest tells whether it was moved or only touched.
struct Seen {
  std::string version;  // resourceVersion
  std::string uid;      // empty: not known
  std::int64_t replicas = 0;
};
std::string to_text(const Seen& seen);
// Any other text is a resourceVersion.
Seen parse_seen(std::string_view text);
// Whether a change to that count that was decided when `seen` was found would be decided of `now`,
// too.
bool only_touched(const Seen& seen, const Workload& now, std::int64_t to);

}  // namespace scalehook::kubernetes
