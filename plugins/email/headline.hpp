// What happened, in one line.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plugins/email/event.hpp"

namespace scalehook::email {

// None of these is cleaned or cut: what is in an event is in them as it is.

// Whether it says that replicas were changed.
bool changed(const Event& event);

// "2 -> 3", "stays at 2", or empty when nothing was read.
std::string movement(const Event& event, std::string_view between = " -> ");

// "deployment shop/checkout: 2 -> 3", "…: refused, stays at 2 (hpa-owns)", "…: failed, not scaled 2
// -> 3": to be one of several.
std::string brief(const Event& event);

// With why: "deployment shop/checkout: 2 -> 3 (CheckoutQueue firing)", or "…: refused, stays at 2:
// " and the explanation.
std::string headline(const Event& event);

// Of several: "5 changes: deployment shop/checkout 2 -> 5, deployment shop/cart 4 -> 2", or, where
// not all were made, "5 decisions, 2 failed: …", and what failed or was refused comes first. Of
// one: its own.
std::string headline(std::span<const Event> events);

// "5 changes"
std::string tally(std::span<const Event> events);

// "deployment shop/checkout went from 2 to 3 replicas.": in words, so that nobody has to guess what
// an arrow means.
std::string sentence(const Event& event);

// The workload, or, of an alert that names none, "alert CheckoutQueue".
std::string workload(const Event& event);

}  // namespace scalehook::email
