#include "core/promql/names.hpp"

#include <algorithm>

#include "core/promql/tokens.hpp"

namespace scalehook::promql {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

// Whether a matcher of one of the labels wants a value that contains one of the texts.
bool demands(const Selector& selector, std::initializer_list<std::string_view> labels,
             std::initializer_list<std::string_view> texts) {
  return std::any_of(
      selector.matchers.begin(), selector.matchers.end(), [&](const Matcher& matcher) {
        if (matcher.kind != Matcher::Kind::equal && matcher.kind != Matcher::Kind::match) {
          return false;
        }
        const std::string value = lower_case(matcher.value);
        return is_one_of(matcher.label, labels) &&
               std::any_of(texts.begin(), texts.end(), [&](std::string_view text) {
                 return value.find(text) != std::string::npos;
               });
      });
}

// "500", "5..", "[45].." and the like.
bool demands_error_code(const Selector& selector) {
  return std::any_of(
      selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) {
        const bool is_code =
            is_one_of(matcher.label, {"code", "status", "status_code", "response_code",
                                      "http_status", "http_status_code", "response_code_class"});
        const bool wants =
            matcher.kind == Matcher::Kind::equal || matcher.kind == Matcher::Kind::match;
        const std::size_t first = matcher.value.find_first_not_of("([^");
        return is_code && wants && first != std::string::npos &&
               (matcher.value[first] == '4' || matcher.value[first] == '5');
      });
}

// Of a counter or a histogram what is no time but a number of events.
bool counts_events(const Name& name) {
  return name.ends({"total", "count", "bucket", "created", "requests"});
}

bool is_timestamp(const Name& name) {
  return name.has({"timestamp", "uptime", "start", "boot", "created", "expiration", "expiry"});
}

}  // namespace

Name::Name(const Selector& selector) {
  const std::string* const metric = metric_of(selector);
  if (metric == nullptr) return;
  name_ = lower_case(*metric);
  std::string word;
  for (const char c : name_ + "_") {
    if (c != '_' && c != ':') {
      word += c;
    } else if (!word.empty()) {
      words_.push_back(std::move(word));
      word.clear();
    }
  }
}

bool Name::begins(std::initializer_list<std::string_view> words) const {
  return !words_.empty() && is_one_of(words_.front(), words);
}

bool Name::ends(std::initializer_list<std::string_view> words) const {
  return !words_.empty() && is_one_of(words_.back(), words);
}

bool Name::has(std::initializer_list<std::string_view> words) const {
  return std::any_of(words_.begin(), words_.end(),
                     [&](const std::string& word) { return is_one_of(word, words); });
}

bool is_time(const Selector& selector) {
  return !counts_events(Name{selector}) && is_time_of_histogram(selector);
}

bool is_time_of_histogram(const Selector& selector) {
  const Name name{selector};
  if (name.has({"cpu", "gpu"}) || is_timestamp(name)) return false;
  if (name.has({"latency", "latencies", "duration", "durations", "rtt", "ttfb", "elapsed", "delay",
                "seconds", "milliseconds", "millis", "ms", "microseconds", "nanoseconds"})) {
    return true;
  }
  return name.has({"time"}) &&
         name.has({"response", "wait", "waiting", "processing", "service", "request", "queue",
                   "handling", "execution", "run", "lag"});
}

bool is_seconds_counter(const Selector& selector) {
  const Name name{selector};
  return name.ends({"sum", "total"}) && !name.has({"cpu", "gpu"}) &&
         name.has({"latency", "duration", "seconds", "milliseconds", "millis", "ms", "time",
                   "microseconds", "nanoseconds"});
}

bool is_cpu(const Selector& selector) {
  const Name name{selector};
  return name.has({"cpu", "gpu"}) && !name.has({"throttled", "throttling", "periods"});
}

bool is_memory(const Selector& selector) {
  return Name{selector}.has({"memory", "mem", "memstats", "heap", "rss", "swap", "filesystem",
                             "disk", "volume", "storage", "fs"}) ||
         demands(selector, {"resource"}, {"memory", "storage"});
}

bool is_utilisation(const Selector& selector) {
  const Name name{selector};
  if (name.has({"queue", "throttled", "throttling"})) return false;
  return name.has({"utilization", "utilisation", "util", "utilized", "utilised"}) ||
         (name.has({"cpu", "gpu"}) &&
          name.has({"usage", "used", "load", "busy", "percent", "percentage", "ratio"})) ||
         (name.has({"usage", "used", "busy", "inuse"}) &&
          name.has({"ratio", "percent", "percentage", "pct"}));
}

bool is_spare(const Selector& selector) {
  return Name{selector}.has({"idle", "free", "available", "remaining", "spare"}) ||
         demands(selector, {"mode", "state", "status"}, {"idle", "free"});
}

bool is_busy(const Selector& selector) {
  return Name{selector}.has({"busy", "active", "used", "usage", "inuse", "use", "running",
                             "occupied", "acquired", "inflight", "flight", "processing",
                             "executing", "current", "cpu"}) ||
         demands(selector, {"mode", "state", "status"}, {"busy", "active", "used", "running"});
}

bool is_capacity(const Selector& selector) {
  const Name name{selector};
  if (name.has({"limit", "limits", "capacity", "max", "maximum", "quota", "allocatable", "cores",
                "cpus", "concurrency", "size", "slots", "spec"})) {
    return true;
  }
  return (name.has({"resource"}) && name.has({"requests"})) ||
         (name.has({"total"}) && !name.ends({"total"})) ||
         (name.has({"total"}) && name.has({"workers", "threads", "processes", "children"}));
}

bool is_waiting(const Selector& selector) {
  const Name name{selector};
  if (is_time(selector) || counts_events(name) || is_spare(selector) || is_memory(selector)) {
    return false;
  }
  if (name.has({"consumers", "consumer", "members", "capacity", "limit", "max", "bytes",
                "utilization", "utilisation"})) {
    return name.has({"lag", "pending", "backlog"});
  }
  return name.has({"queue", "queued", "queues", "queuesize", "lag", "pending", "backlog", "depth",
                   "waiting", "outstanding", "unacked", "unacknowledged", "undelivered",
                   "unprocessed", "enqueued"}) ||
         (name.has({"messages"}) && name.has({"ready", "visible"})) ||
         (name.has({"list"}) && name.has({"length"})) ||
         demands(selector, {"state", "status"}, {"pending", "waiting", "queued", "received"});
}

bool is_failure(const Selector& selector) {
  return Name{selector}.has({"error", "errors", "failed", "failure", "failures", "exception",
                             "exceptions", "dropped", "rejected", "timeouts", "retries", "5xx",
                             "4xx", "throttled", "throttling"}) ||
         demands_error_code(selector) ||
         demands(selector, {"outcome", "result", "status", "state"}, {"err", "fail"});
}

bool is_replica_count(const Selector& selector) {
  const Name name{selector};
  return name.is("up") || name.has({"replicas", "consumers", "members", "pods", "instances"}) ||
         name.is("kube_pod_info") || name.is("kube_pod_status_ready") ||
         name.is("kube_pod_status_phase") || name.is("kube_pod_container_status_ready");
}

bool is_label_source(const Selector& selector) {
  return Name{selector}.ends({"info", "labels", "owner", "relabel"});
}

bool is_elsewhere(const Selector& selector) {
  const Name name{selector};
  if (is_label_source(selector)) return false;
  return name.begins({"activemq",  "aws",   "azure",       "elasticsearch", "gcp",     "haproxy",
                      "jetstream", "kafka", "kube",        "memcached",     "mongodb", "mysql",
                      "nats",      "pg",    "postgres",    "postgresql",    "probe",   "pulsar",
                      "rabbitmq",  "redis", "stackdriver", "traefik"}) ||
         (name.begins({"nginx"}) && name.has({"ingress"}));
}

bool is_replica_label(std::string_view label) {
  return is_one_of(
      label, {"pod", "pod_name", "instance", "replica", "container_id", "host", "hostname", "node",
              "exported_pod", "exported_instance", "kubernetes_pod_name", "nodename", "task"});
}

}  // namespace scalehook::promql
