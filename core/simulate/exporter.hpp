// What Prometheus scrapes of a plant.
#pragma once

#include <string>
#include <vector>

#include "core/simulate/database.hpp"
#include "core/simulate/plant.hpp"

namespace scalehook::simulate {

// The series load, load_per_replica and utilization (in percent), and where what cannot be served
// waits backlog and latency_seconds. Beside them `up`, which Prometheus makes of each scrape. The
// database outlives it.
class Exporter {
 public:
  Exporter(Database& database, const alert::Labels& labels, bool waits);

  // A scrape that was lost ends all series but `up`, which is 0 then.
  void scrape(Time now, const Measures& measures);

  // The names of the series but `up`.
  static std::vector<std::string> metrics(bool waits);

 private:
  Database& database_;
  std::vector<std::size_t> series_;  // in the order of all_metrics
  std::size_t up_;
};

}  // namespace scalehook::simulate
