#include "core/app/check_rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <optional>

#include "core/config/duration.hpp"
#include "core/config/file.hpp"
#include "core/lint/lint.hpp"
#include "core/lint/report.hpp"

namespace scalehook::app {
namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// What was found in all files.
struct Totals {
  std::size_t files = 0, alerts = 0, scaling = 0, errors = 0, warnings = 0;
};

std::string to_text(const Totals& totals) {
  return counted(totals.files, "file") + ", " + counted(totals.alerts, "alert") + " (" +
         std::to_string(totals.scaling) + " for scaling): " + counted(totals.errors, "error") +
         ", " + counted(totals.warnings, "warning") + "\n";
}

std::optional<config::Config> read_config(const std::string& file) {
  if (file.empty()) return config::built_in();
  auto document = config::load_file(file);
  if (document) return std::move(document->config);
  std::cerr << config::to_text(file, document.error());
  return std::nullopt;
}

}  // namespace

int check_rules(const CheckRulesOptions& options) {
  const auto config = read_config(options.config_file);
  const auto interval = config::parse_milliseconds(options.evaluation_interval);
  if (!interval) {
    std::cerr << "--evaluation-interval: \"" << options.evaluation_interval << "\" "
              << interval.error() << "\n";
  }
  if (!config || !interval) return 2;

  Totals totals;
  boost::json::array findings;
  for (const auto& file : options.files) {
    const auto text = config::read_text(file);
    if (!text) {
      std::cerr << file << ": " << text.error() << "\n";
      continue;
    }
    const lint::Report report = lint::lint(*text, *config, *interval);
    ++totals.files;
    totals.alerts += report.alerts;
    totals.scaling += report.scaling;
    for (const auto& finding : report.findings) {
      ++(finding.severity == lint::Severity::error ? totals.errors : totals.warnings);
      if (options.json) {
        findings.push_back(lint::to_json(file, finding));
      } else {
        std::cout << lint::to_text(file, finding);
      }
    }
  }
  std::cout << (options.json ? boost::json::serialize(findings) + "\n" : to_text(totals));
  if (totals.files < options.files.size()) return 2;
  return totals.errors > 0 || (options.strict && totals.warnings > 0) ? 1 : 0;
}

}  // namespace scalehook::app
