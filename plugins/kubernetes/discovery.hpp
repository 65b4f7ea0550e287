// Which resources an API server has, as it tells by itself.
// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/kubernetes/resource.hpp"
#include "plugins/kubernetes/transport/request.hpp"

namespace scalehook::kubernetes {

// A kind of one version of a group.
struct Listed {
  Resource resource;
  bool has_scale = false;  // of a version that is understood
};

// Those of an APIResourceList, which is what is at api_path(api_version). A body that is none is a
// failure with the code bad-answer.
outcome<std::vector<Listed>> parse_resources(const std::string& body, std::string_view api_version);

// Remembers what it was told, by version of a group. Any thread: several that look for the same at
// once may each ask, and nobody waits for another's request.
class Discovery {
 public:
  using Clock = std::chrono::steady_clock;
  // A GET of the path: the answer of a success, or why there is none.
  using Ask = std::function<outcome<Answer>(const std::string& path)>;

  // A kind may come at any time: one that was not there is asked for again, but not more often.
  static constexpr std::chrono::seconds absent_for{10};

  // The resource of that kind, with a scale subresource. Else refused, with the code no-kind or
  // no-scale and what to do; or what kept it from being asked.
  outcome<Resource> find(const std::string& api_version, const std::string& kind, const Ask& ask,
                         Clock::time_point now);
  // Something in it is no longer as it was told.
  void forget(const std::string& api_version);
  // Something in it may no longer be so: forgets it if it was told `absent_for` ago or longer, and
  // answers whether.
  bool doubt(const std::string& api_version, Clock::time_point now);

 private:
  struct Known {
    Clock::time_point asked_at;
    std::optional<std::string> absence;  // what was answered instead; none: it is served
    std::vector<Listed> listed;
    bool is_served() const { return !absence; }
  };
  std::shared_ptr<const Known> recall(const std::string& api_version);
  void remember(const std::string& api_version, std::shared_ptr<const Known> known);
  void make_room();  // under the lock: what is not served goes first

  std::mutex mutex_;                                           // guards known_
  std::map<std::string, std::shared_ptr<const Known>> known_;  // by group and version
};

}  // namespace scalehook::kubernetes
