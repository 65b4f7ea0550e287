// What happened, in one line.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plugins/email/event.hpp"

namespace scalehook::email {

// None of these is cleaned or cut: what is in an event is in them as it is.

// "2 -> 3", "stays at 2", or empty when nothing was read.
std::string movement(const Event& event, std::string_view arrow = "->");

// "deployment shop/checkout: 2 -> 3 (applied)"
std::string headline(const Event& event);

// Of several: "5 changes: deployment shop/checkout, deployment shop/cart", or, where not all were
// made, "5 decisions, 2 failed: …". Of one: its own.
std::string headline(std::span<const Event> events);

// "5 changes"
std::string tally(std::span<const Event> events);

// "deployment shop/checkout went from 2 to 3 replicas.": in words, so that nobody has to guess what
// an arrow means.
std::string sentence(const Event& event);

// The workload, or "no target".
std::string workload(const Event& event);

}  // namespace scalehook::email
