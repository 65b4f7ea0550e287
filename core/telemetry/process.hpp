// This process as the kernel sees it.
#pragma once

#include <prometheus/collectable.h>

namespace scalehook::telemetry {

// The metrics that every Prometheus client gives, by their standard names, read from /proc/self at
// each collection. What cannot be read is left out.
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
class Process : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override;
};

}  // namespace scalehook::telemetry
