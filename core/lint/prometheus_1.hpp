// The rule files of Prometheus before 2.0: ALERT name IF expr FOR 5m LABELS {…} ANNOTATIONS {…}.
#pragma once

#include <string_view>

#include "core/lint/rule_file.hpp"

namespace scalehook::lint {

// Whether the text is written that way: it begins with an alert or a recording rule of that time.
bool is_prometheus_1(std::string_view text);

// Its alerts, and one finding whose remedy is the whole file in today's YAML; of a file that cannot
// be understood, the form of today.
RuleFile read_prometheus_1(std::string_view text);

}  // namespace scalehook::lint
