#include "plugins/kubernetes/scaler.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "plugins/kubernetes/access/one_line.hpp"
#include "plugins/kubernetes/answer.hpp"
#include "plugins/kubernetes/event.hpp"

namespace scalehook::kubernetes {
namespace {

Access access_of(const host& host) {
  return find_access({host.setting<std::string>("/kubeconfig", {}),
                      host.setting<std::string>("/context", {}),
                      host.setting<std::string>("/service_account_dir", {})});
}

constexpr int most_tries = 5;

std::string host_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

Patience patience_of(const call& call) { return {call.deadline(), call.cancel_fd()}; }

failure no_count(const Object& object, const std::string& told) {
  return refused("no-count", fmt::format("{} does not say how many replicas it is to have: set a "
                                         "number there; {}",
                                         to_text(object), told));
}

// Why an object that is there has no scale to read: it was deleted since, or its resource is
// another one now, or it has no count.
failure without_scale(failure fault, const Object& object) {
  if (fault.status == status::not_found) {
    fault.status = status::retry;
    fault.code = no_resource;
  }
  // What apiextensions-apiserver says of a custom resource without a value at its specReplicasPath,
  // and of one with a value there, or at its statusReplicasPath, that is no whole number; it would
  // say so for ever.
  const auto says = [&](const char* text) {
    return fault.explanation.find(text) != std::string::npos;
  };
  if (fault.code == "http-500" && (says("spec replicas field") || says("accessor error"))) {
    return no_count(object, fault.explanation);
  }
  return fault;
}

}  // namespace

// What the count is set by.
struct Scaler::Lever {
  std::string path;                      // what to patch
  std::optional<Autoscaler> autoscaler;  // its minReplicas; none: the object's own count
};

Scaler::Scaler(const host& host, const std::optional<Resource>& fixed)
    : host_{host},
      on_autoscaler_{host.setting<std::string>("/hpa", "refuse") == "raise-min"
                         ? OnAutoscaler::raise_min
                         : OnAutoscaler::refuse},
      events_{host.setting("/events", true)},
      client_{access_of(host), [host](const std::string& message) { host.warn(message); }},
      lookup_{client_, fixed} {
  const Access& access = client_.access();
  host_.info(fmt::format("scales {} of {} ({})",
                         fixed ? fixed->plural : "what has a scale subresource", access.server,
                         access.origin));
  if (access.insecure_skip_tls_verify) {
    host_.warn(fmt::format("{} does not verify the API server's certificate", access.origin));
  }
}

template <class Work>
auto Scaler::with_object(const target& target, const Patience& patience, Work work)
    -> std::invoke_result_t<Work, const Object&> {
  for (bool again = false;; again = true) {
    const auto object = lookup_.find(target, patience);
    if (!object) return object.error();
    auto result = work(*object);
    const bool is_gone = !result && result.error().code == no_resource;
    if (!is_gone || again || !lookup_.forget(*object)) return result;
  }
}

outcome<Answer> Scaler::get(const std::string& path, const Patience& patience) {
  return succeed(client_, {"GET", path, {}, {}}, patience);
}

outcome<Workload> Scaler::look_at(const Object& object, const Patience& patience) {
  const auto now = std::chrono::system_clock::now();
  const auto answer = get(object.path, patience);
  if (!answer) return answer.error();
  if (const auto kind = parse_kind(answer->body); kind && *kind != object.resource.kind) {
    return retry(no_resource, fmt::format("what {} is now is no {} but a {}", object.path,
                                          object.resource.kind, one_line(*kind, 80)));
  }
  if (says_its_count(object.resource)) return parse_workload(answer->body, now);
  // The version stays the object's, which is the older one: if it was changed in between, a change
  // is a conflict.
  const auto told = get(object.path + "/scale", patience);
  if (!told) return without_scale(told.error(), object);
  const auto scale = parse_scale(told->body);
  if (!scale) return scale.error();
  if (scale->replicas < 0) {  // made before the definition had a scale, which checks it
    return no_count(object, fmt::format("it says {}", scale->replicas));
  }
  return parse_workload(answer->body, *scale, now);
}

outcome<state> Scaler::read(call& call, const target& target) {
  const Patience patience = patience_of(call);
  return with_object(target, patience,
                     [&](const Object& object) { return read(object, patience); });
}

outcome<state> Scaler::read(const Object& object, const Patience& patience) {
  auto workload = look_at(object, patience);
  if (!workload) return workload.error();
  if (workload->deleting) {
    return not_found("deleting", fmt::format("{} is being deleted", to_text(object)));
  }
  auto lever = find_lever(object, workload->controller, patience);
  if (!lever) return lever.error();

  state found{.replicas = workload->replicas,
              .ready = workload->ready,
              .version = to_text({workload->version, workload->uid, workload->replicas}),
              .uid = std::move(workload->uid)};
  if (auto& autoscaler = lever->autoscaler) {
    if (workload->replicas == 0) {
      return refused("zero", fmt::format("it has 0 replicas, which switches its "
                                         "HorizontalPodAutoscaler {}/{} off: raising minReplicas "
                                         "would start nothing; scale it to 1 by hand",
                                         object.place.space, autoscaler->name));
    }
    // The uid stays the workload's: an autoscaler that is made anew is another writer's doing, and
    // no other target.
    found.replicas = autoscaler->min;
    found.max = autoscaler->max;
    found.version = std::move(autoscaler->version);
  }
  if (workload->pause.hold != hold::none) {
    found.hold = workload->pause.hold;
    found.code = "paused";
    found.explanation = std::move(workload->pause.explanation);
  }
  return found;
}

outcome<Scaler::Lever> Scaler::find_lever(const Object& object,
                                          const std::optional<Owner>& controller,
                                          const Patience& patience) {
  std::vector<Autoscaler> autoscalers;
  std::string folder;
  // An autoscaler scales what is in its own namespace only. v1 is in every cluster since 1.2; v2 is
  // asked should it ever go. Neither: no HPA can be.
  for (const char* version : {"v1", "v2"}) {
    if (!object.resource.namespaced) break;
    folder = fmt::format("/apis/autoscaling/{}/namespaces/{}/horizontalpodautoscalers", version,
                         object.place.space);
    const auto answer = succeed_if_served(client_, {"GET", folder, {}, {}}, patience);
    if (answer && !*answer) continue;
    if (!answer && answer.error().code == "http-403") {
      return refused("owner-unknown",
                     fmt::format("whether a HorizontalPodAutoscaler scales it cannot be told: {} "
                                 "(the verb `list` on horizontalpodautoscalers)",
                                 answer.error().explanation));
    }
    if (!answer) return answer.error();
    auto found = parse_autoscalers((*answer)->body, object.resource, object.place.name);
    if (!found) return found.error();
    autoscalers = *std::move(found);
    break;
  }
  auto settled =
      settle_ownership(on_autoscaler_, object.resource, object.place, controller, autoscalers);
  if (!settled) return settled.error();
  if (!*settled) return Lever{object.path + "/scale", std::nullopt};
  return Lever{fmt::format("{}/{}", folder, (*settled)->name), *std::move(settled)};
}

outcome<Scale> Scaler::set(const Lever& lever, const change& change, const std::string& version,
                           const Patience& patience) {
  const char* const field = lever.autoscaler ? "minReplicas" : "replicas";
  boost::json::object patch{{"spec", {{field, change.replicas}}}};
  if (!version.empty()) patch["metadata"] = {{"resourceVersion", version}};
  const Request request{
      "PATCH",
      fmt::format("{}?fieldManager=scalehook{}", lever.path, change.dry_run ? "&dryRun=All" : ""),
      boost::json::serialize(patch), "application/merge-patch+json"};
  const auto answer = succeed(client_, request, patience);
  if (answer) {
    if (!lever.autoscaler) return parse_scale(answer->body);
    const auto made = parse_autoscaler(answer->body);
    if (!made) return made.error();
    return Scale{made->min, 0, {}, made->version};
  }
  auto fault = answer.error();
  if (lever.autoscaler && is_absent(fault)) {
    fault.status = status::conflict;  // it is gone since it was listed, and the workload is not
  } else if (lever.autoscaler && fault.code == "http-403") {
    fault.explanation += " (the verb `patch` on horizontalpodautoscalers, for `hpa: raise-min`)";
  }
  return fault;
}

outcome<Scale> Scaler::set_again(const Object& object, const Lever& lever, const change& change,
                                 Seen& seen, const Patience& patience, failure conflict) {
  for (int tries = 1; tries < most_tries; ++tries) {
    // Right after a look at it, for who writes all the time leaves little time.
    auto now = look_at(object, patience);
    if (!now || !only_touched(seen, *now, change.replicas)) return conflict;
    seen.version = std::move(now->version);
    auto made = set(lever, change, seen.version, patience);
    if (made || made.error().status != status::conflict) return made;
    conflict = made.error();
  }
  return conflict;
}

outcome<done> Scaler::write(call& call, const target& target, const change& change) {
  const Patience patience = patience_of(call);
  return with_object(target, patience,
                     [&](const Object& object) { return write(object, call, change, patience); });
}

outcome<done> Scaler::write(const Object& object, call& call, const change& change,
                            const Patience& patience) {
  Lever lever{object.path + "/scale", std::nullopt};
  // The version is of whatever was to be changed when it was read: if that is another object now,
  // it is a conflict.
  if (on_autoscaler_ == OnAutoscaler::raise_min) {
    auto found = find_lever(object, std::nullopt, patience);
    if (!found) return found.error();
    lever = *std::move(found);
  }
  Seen seen = parse_seen(change.version);
  auto made = set(lever, change, seen.version, patience);
  const bool touched =
      !made && made.error().status == status::conflict && !seen.uid.empty() && !lever.autoscaler;
  if (touched) made = set_again(object, lever, change, seen, patience, made.error());
  if (!made && made.error().status == status::not_found && !says_its_count(object.resource)) {
    // Of an object whose definition has no scale any more the API server says the same.
    const auto there = get(object.path, patience);
    made = there ? without_scale(made.error(), object) : there.error();
  }
  if (!made) return made.error();
  // A change that changes nothing leaves the version as it was.
  if (events_ && !change.dry_run && made->version != seen.version) {
    record(object, lever, made->uid, call, made->replicas);
  }
  done result{.version = lever.autoscaler ? made->version
                                          : to_text({made->version, made->uid, made->replicas})};
  if (touched) {
    result.code = "after-conflict";
    result.explanation = "others wrote to it at the same time";
  }
  if (lever.autoscaler) {
    result.explanation = fmt::format("by the minReplicas of the HorizontalPodAutoscaler {}/{}",
                                     object.place.space, lever.autoscaler->name);
  }
  if (made->replicas != change.replicas) {
    result.replicas = made->replicas;
    result.code = "another-count";
    result.explanation = fmt::format(
        "the API server accepted {} replicas and set {}, which an "
        "admission webhook may have done: set the rule's `limits` to "
        "what that admits",
        change.replicas, made->replicas);
  }
  return result;
}

void Scaler::record(const Object& object, const Lever& lever, std::string uid, call& call,
                    std::int64_t replicas) {
  const auto from = call.input<std::int64_t>("/decision/from");
  if (from == replicas) return;
  // The change is made, whatever becomes of the Event: it may not hold up the answer for long.
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds{3};
  const Patience patience{std::min(soon, call.deadline()), call.cancel_fd()};
  const auto tell = [&](const failure& fault) {
    host_.warn(fmt::format("no Event on {}: {}", to_text(object), fault.explanation));
  };
  if (uid.empty()) {  // what was changed is not the workload
    const auto workload = look_at(object, patience);
    if (!workload) return tell(workload.error());
    uid = workload->uid;
  }
  const Change told{object.place,
                    std::move(uid),
                    from,
                    replicas,
                    call.input("/decision/explanation").value_or(""),
                    lever.autoscaler};
  const Request request{
      "POST", fmt::format("/apis/events.k8s.io/v1/namespaces/{}/events", event_space(object.place)),
      event_json(object.resource, told, host_name(), std::chrono::system_clock::now()),
      "application/json"};
  if (const auto answer = succeed(client_, request, patience); !answer) tell(answer.error());
}

}  // namespace scalehook::kubernetes
