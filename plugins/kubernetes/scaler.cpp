#include "plugins/kubernetes/scaler.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "plugins/kubernetes/answer.hpp"
#include "plugins/kubernetes/event.hpp"

namespace scalehook::kubernetes {
namespace {

Access access_of(const host& host) {
  return find_access({host.setting<std::string>("/kubeconfig", {}),
                      host.setting<std::string>("/context", {}),
                      host.setting<std::string>("/service_account_dir", {})});
}

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// The target's fields may come from an alert's labels: nothing but names gets into a path.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '.' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

Patience patience_of(const call& call) { return {call.deadline(), call.cancel_fd()}; }

}  // namespace

struct Scaler::Object {
  std::string space, name, path;

  static outcome<Object> of(const target& target, const Kind& kind, const Access& access) {
    Object object{std::string{target["namespace"]}, std::string{target["name"]}, {}};
    if (object.space.empty()) object.space = access.default_namespace;
    if (!is_name(object.space) || !is_name(object.name)) {
      return invalid("bad-target",
                     fmt::format("\"{}\" in the namespace \"{}\" is not the name of "
                                 "a Kubernetes object",
                                 one_line(object.name, 80), one_line(object.space, 80)));
    }
    object.path =
        fmt::format("/apis/apps/v1/namespaces/{}/{}/{}", object.space, kind.resource, object.name);
    return object;
  }
};

Scaler::Scaler(const host& host, const Kind& kind)
    : host_{host},
      kind_{kind},
      events_{host.setting("/events", true)},
      client_{access_of(host), [host](const std::string& message) { host.warn(message); }} {
  const Access& access = client_.access();
  host_.info(fmt::format("scales {} of {} ({})", kind_.resource, access.server, access.origin));
  if (access.insecure_skip_tls_verify) {
    host_.warn(fmt::format("{} does not verify the API server's certificate", access.origin));
  }
}

outcome<Answer> Scaler::get(const std::string& path, const Patience& patience) {
  const Request request{"GET", path, {}, {}};
  auto answer = client_.send(request, patience);
  if (answer && !is_success(*answer)) return to_failure(*answer, request, client_.access());
  return answer;
}

outcome<state> Scaler::read(call& call, const target& target) {
  const auto object = Object::of(target, kind_, client_.access());
  if (!object) return object.error();
  const Patience patience = patience_of(call);
  const auto answer = get(object->path, patience);
  if (!answer) return answer.error();
  auto workload = parse_workload(answer->body, std::chrono::system_clock::now());
  if (!workload) return workload.error();
  if (workload->deleting) {
    return not_found("deleting", fmt::format("{} {}/{} is being deleted", kind_.name, object->space,
                                             object->name));
  }
  if (auto owner = find_owner(*object, patience)) return *std::move(owner);

  state found{.replicas = workload->replicas,
              .ready = workload->ready,
              .version = std::move(workload->version),
              .uid = std::move(workload->uid)};
  if (workload->pause.hold != hold::none) {
    found.hold = workload->pause.hold;
    found.code = "paused";
    found.explanation = std::move(workload->pause.explanation);
  }
  return found;
}

std::optional<failure> Scaler::find_owner(const Object& object, const Patience& patience) {
  // v1 is in every cluster since 1.2; v2 is asked should it ever go. Neither: no HPA can be.
  for (const char* version : {"v1", "v2"}) {
    const auto answer =
        get(fmt::format("/apis/autoscaling/{}/namespaces/{}/horizontalpodautoscalers", version,
                        object.space),
            patience);
    if (!answer && answer.error().status == status::not_found) continue;
    if (!answer && answer.error().code == "http-403") {
      return refused("owner-unknown",
                     fmt::format("whether a HorizontalPodAutoscaler scales it cannot be told: {} "
                                 "(the verb `list` on horizontalpodautoscalers)",
                                 answer.error().explanation));
    }
    if (!answer) return answer.error();
    const auto owner = find_autoscaler(answer->body, kind_, object.name);
    if (!owner) return owner.error();
    if (!*owner) return std::nullopt;
    return refused("hpa-owns",
                   fmt::format("the HorizontalPodAutoscaler {}/{} scales it and would revert any "
                               "change; delete it, or let no rule target this {}",
                               object.space, **owner, kind_.name));
  }
  return std::nullopt;
}

outcome<done> Scaler::write(call& call, const target& target, const change& change) {
  const auto object = Object::of(target, kind_, client_.access());
  if (!object) return object.error();

  boost::json::object patch{{"spec", {{"replicas", change.replicas}}}};
  if (!change.version.empty()) patch["metadata"] = {{"resourceVersion", change.version}};
  const Request request{"PATCH",
                        fmt::format("{}/scale?fieldManager=scalehook{}", object->path,
                                    change.dry_run ? "&dryRun=All" : ""),
                        boost::json::serialize(patch), "application/merge-patch+json"};
  const auto answer = client_.send(request, patience_of(call));
  if (!answer) return answer.error();
  if (!is_success(*answer)) return to_failure(*answer, request, client_.access());
  auto scale = parse_scale(answer->body);
  if (!scale) return scale.error();
  if (scale->replicas != change.replicas) {
    return failed("not-applied",
                  fmt::format("the API server accepted {} replicas and set {}; an admission "
                              "webhook may have changed it",
                              change.replicas, scale->replicas));
  }
  // A change that changes nothing leaves the version as it was.
  if (events_ && !change.dry_run && scale->version != change.version) {
    record(*object, *scale, call, change);
  }
  return done{.version = std::move(scale->version)};
}

void Scaler::record(const Object& object, const Scale& scale, call& call, const change& change) {
  const auto from = call.input<std::int64_t>("/decision/from");
  if (from == change.replicas) return;
  const Change told{object.space,    object.name,
                    scale.uid,       from,
                    change.replicas, call.input("/decision/explanation").value_or("")};
  const Request request{
      "POST", fmt::format("/apis/events.k8s.io/v1/namespaces/{}/events", object.space),
      event_json(kind_, told, host_name(), std::chrono::system_clock::now()), "application/json"};
  // The change is made, whatever becomes of the Event: it may not hold up the answer for long.
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds{1};
  const auto answer = client_.send(request, {std::min(soon, call.deadline()), call.cancel_fd()});
  if (answer && is_success(*answer)) return;
  host_.warn(fmt::format("no Event on {} {}/{}: {}", kind_.name, object.space, object.name,
                         answer ? to_failure(*answer, request, client_.access()).explanation
                                : answer.error().explanation));
}

}  // namespace scalehook::kubernetes
