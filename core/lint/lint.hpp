// Lints Prometheus rule files for what breaks scaling by alerts.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "core/config/config.hpp"
#include "core/lint/finding.hpp"

namespace scalehook::lint {

struct Report {
  std::vector<Finding> findings;  // in the file's order
  std::size_t alerts{};
  std::size_t scaling{};  // those of them that are meant for scaling
};

// Reads the text of a rule file, of Prometheus 1.x too, and holds its alerts against the rules of
// the configuration. Alerts that are not meant for scaling are only read. `interval` is that of
// groups without one of their own (Prometheus's global evaluation_interval). What Prometheus adds
// later, by external labels or relabelling, is not known here. Any thread.
Report lint(std::string_view text, const config::Config& config,
            std::chrono::milliseconds interval);

}  // namespace scalehook::lint
