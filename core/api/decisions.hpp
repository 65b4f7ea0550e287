// What was decided, and on which workloads.
#pragma once

#include <functional>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/http/server.hpp"
#include "core/journal/history.hpp"

namespace scalehook::api {

// GET /api/v1/decisions?target=&since=&limit=: {"decisions": [record, …]}, newest first. `target`
// is written as in the records, and `target=` asks for those of alerts that came to no workload;
// `since` is RFC 3339 or a duration back ("2h"); `limit` is 100 if not given, at most 10,000. What
// is wrong with them is 400 with one sentence.
// GET /api/v1/dead-letters?limit=: {"dead_letters": [{"number", "time", "notifier", "explanation",
// "event"}, …]}, the events that could not be delivered, newest first.
// GET /api/v1/targets: {"targets": [{"target": …}, …]}, those that have records.
//
// Read on a thread of the routes' own: the most that may be asked for takes 50 ms, and half a
// second when each decision was on many alerts. 503 when too many wait for that. `history` outlives
// the routes.
std::vector<http::Route> decisions(const journal::History& history,
                                   std::function<alert::Time()> now);

}  // namespace scalehook::api
