#include "core/simulate/exporter.hpp"

#include <array>
#include <cmath>
#include <span>

namespace scalehook::simulate {
namespace {

struct Metric {
  const char* name;
  double Measures::*value;
};

// The last two only where what cannot be served waits.
constexpr std::array<Metric, 5> all_metrics{{{"load", &Measures::load},
                                             {"load_per_replica", &Measures::load_per_replica},
                                             {"utilization", &Measures::utilization},
                                             {"backlog", &Measures::backlog},
                                             {"latency_seconds", &Measures::latency_seconds}}};

std::span<const Metric> chosen(bool waits) { return std::span{all_metrics}.first(waits ? 5 : 3); }

}  // namespace

std::vector<std::string> Exporter::metrics(bool waits) {
  std::vector<std::string> names;
  for (const auto& metric : chosen(waits)) names.emplace_back(metric.name);
  return names;
}

Exporter::Exporter(Database& database, const alert::Labels& labels, bool waits)
    : database_{database}, up_{database.add("up", labels)} {
  for (const auto& metric : chosen(waits)) series_.push_back(database.add(metric.name, labels));
}

void Exporter::scrape(Time now, const Measures& measures) {
  const bool is_lost = std::isnan(measures.load);
  database_.append(up_, now, is_lost ? 0 : 1);
  for (std::size_t index = 0; index < series_.size(); ++index) {
    if (is_lost) {
      database_.end(series_[index], now);
    } else {
      database_.append(series_[index], now, measures.*all_metrics[index].value);
    }
  }
}

}  // namespace scalehook::simulate
