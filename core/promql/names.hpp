// What the names of metrics tell by convention. Private to core/promql.
// https://prometheus.io/docs/practices/naming/ and the names of the exporters in use.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/promql/tree.hpp"

namespace scalehook::promql {

// The words of a metric's name, in lower case: "job:HTTP_requests:rate5m" has job, http, requests
// and rate5m. A selector that leaves the name open has none.
class Name {
 public:
  explicit Name(const Selector& selector);

  bool is(std::string_view name) const { return name_ == name; }
  bool begins(std::initializer_list<std::string_view> words) const;
  bool ends(std::initializer_list<std::string_view> words) const;  // with one of them
  bool has(std::initializer_list<std::string_view> words) const;   // one of them

 private:
  std::string name_;
  std::vector<std::string> words_;
};

// Each says so of the metric and, where it is a matter of labels, of the matchers.
bool is_time(const Selector& selector);               // that something takes or waits, in any unit
bool is_seconds_counter(const Selector& selector);    // how long it took in all: x_seconds_sum
bool is_time_of_histogram(const Selector& selector);  // also x_seconds_bucket
bool is_cpu(const Selector& selector);                // CPU time or use
bool is_memory(const Selector& selector);             // memory, disks, volumes
bool is_utilisation(const Selector& selector);        // of CPU, workers and the like, as a share
bool is_spare(const Selector& selector);              // what is idle or free
bool is_busy(const Selector& selector);               // what is in use
bool is_capacity(const Selector& selector);           // how much there can be
bool is_waiting(const Selector& selector);            // work in a queue
bool is_failure(const Selector& selector);            // errors, and requests answered by 5xx
bool is_replica_count(const Selector& selector);      // how many pods or instances there are
bool is_label_source(const Selector& selector);       // an info metric: 1, for its labels
// Measured at a server that the replicas use, or that stands before them.
bool is_elsewhere(const Selector& selector);

// pod, instance and the like: a label by which replicas differ.
bool is_replica_label(std::string_view label);

}  // namespace scalehook::promql
