// The event a notifier is given, as plain structs.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::email {

using Labels = std::map<std::string, std::string>;

struct Alert {
  std::string status;  // "firing" or "resolved"
  Labels labels;
  Labels annotations;
  std::string starts_at;  // as sent, RFC 3339
  std::string ends_at;    // empty: none
  std::string generator_url;
};

struct Event {
  std::string id;  // 1 to 200 bytes; the same on redelivery
  std::chrono::sys_seconds time;
  std::string kind;         // "scaled", "refused", "failed" or "unchanged"
  std::string target_text;  // "deployment shop/checkout"; empty: no target
  std::string rule;
  std::string action;
  std::optional<std::int64_t> from;  // replicas; absent: nothing was read
  std::optional<std::int64_t> to;
  std::string reason;       // "applied", "at-max", …
  std::string explanation;  // one sentence for people: why
  bool dry_run{};
  std::vector<Alert> alerts;
  std::string external_url;  // Alertmanager's
  std::string episode;  // of one target, from its first claim until all is settled; empty: none
};

// Only id, time and kind must be there: what else is missing, unknown or of another type is left
// out. A failure is `failed` with the code "bad-event".
outcome<Event> parse_event(std::string_view json);

}  // namespace scalehook::email
