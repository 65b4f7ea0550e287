// Durations as Prometheus writes them.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "core/alert/alert.hpp"

namespace scalehook::config {

// "5m", "1h30m", "1d", "0": whole numbers with the units y, w, d, h, m, s, ms in this order, each
// at most once, and at most 100 years. On failure what is wrong.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/
boost::system::result<std::chrono::milliseconds, std::string> parse_milliseconds(
    std::string_view text);

// The same in whole seconds together.
boost::system::result<std::chrono::seconds, std::string> parse_duration(std::string_view text);

// A time as RFC 3339, or a duration before `now`: "2h". On failure what is wrong.
boost::system::result<alert::Time, std::string> parse_since(std::string_view text, alert::Time now);

}  // namespace scalehook::config
