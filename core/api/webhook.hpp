// POST /hpa: where Alertmanager's notifications come in.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/dispatch/engine.hpp"
#include "core/http/server.hpp"
#include "core/journal/journal.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::api {

inline constexpr std::size_t most_undecided = 50'000;

// Why no more are taken now; none if they are. Any thread.
std::optional<std::string> unavailable(const dispatch::Engine& engine);

// Answers 200 once the notification is on disk and the engine has taken it in: so nobody sends
// faster than can be decided. With `ack: applied` not before it is applied; 503 if that cannot be
// now. A body that is no notification is 400 with what is wrong and where, another content type
// 415, a journal that cannot write, an engine that cannot decide yet, or more notifications than
// are to wait for their decision, 503: Alertmanager tries that again within seconds, and a 400 at
// every group interval. All arguments outlive the handler.
http::Handler webhook(journal::Journal& journal, dispatch::Engine& engine,
                      telemetry::Metrics& metrics);

}  // namespace scalehook::api
