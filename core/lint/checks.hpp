// What keeps an alert that is meant for scaling from doing so.
#pragma once

#include <chrono>
#include <vector>

#include "core/lint/intent.hpp"

namespace scalehook::lint {

// Of the alert itself, whatever rule it falls under: the value among its labels, `for`, `bool`.
// `interval` is the evaluation interval of groups that have none of their own.
std::vector<Finding> check_alert(const AlertRule& alert, const Expression& series,
                                 std::chrono::milliseconds interval);

// Of what the rules need that it may fall under: target, action, value. Where these are several, a
// target or action that is wrong under one and right under another is no finding.
std::vector<Finding> check_needs(const Intent& intent, const Expression& series,
                                 const config::Config& config);

// Where a rule's count cannot follow the load: the value comes from notifications alone, or it is
// no measure of load. Warnings, of each rule that the alert may fall under.
std::vector<Finding> check_following(const Intent& intent, const config::Config& config);

// Whether the count that the rule asks for follows the alert's value.
bool follows_value(const config::Rule& rule, const AlertRule& alert);

}  // namespace scalehook::lint
