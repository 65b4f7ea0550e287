// What PromQL's numbers, durations and strings say. Private to core/promql.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/promql/tokens.hpp"

namespace scalehook::promql {

// Of 30, 4e6, .5, 0x1F, 017 (which is 15), Inf and NaN, without a sign.
std::optional<double> number_of(std::string_view text);

// Of 1h30m: whole numbers of the units y w d h m s ms, each once and the largest first.
std::optional<std::chrono::milliseconds> duration_of(std::string_view text);

// Of a string token what it says, as Go's strconv unquotes it. Nothing for one that is not closed,
// has an unknown escape ("\d"), or runs over the end of a line between other quotes than `.
std::optional<std::string> text_of_literal(const Token& token);

// As PromQL reads them: "Inf", "1h30m", "\"a\\nb\"".
std::string number_text(double number);
std::string duration_text(std::chrono::milliseconds duration);
std::string quoted(std::string_view text);

// A label's name, which has no colon.
bool is_label_name(std::string_view text);
bool is_metric_name(std::string_view text);

}  // namespace scalehook::promql
