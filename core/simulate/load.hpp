// The load that comes in.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/simulate/trace.hpp"

namespace scalehook::simulate {

// How often a plant is measured, an autoscaler looks and a verdict is taken.
constexpr std::chrono::seconds tick_length{15};

// A recorded load, such as requests a second, that does not depend on how many replicas serve it.
// Immutable, so that several threads may read one.
class Load {
 public:
  // A CSV file of times and loads as for read_csv, such as "t,load". A load is a number ≥ 0; an
  // empty one says that the scrape was lost: the load went on, and nobody measured it. On failure
  // one sentence that begins with the place, "FILE:LINE: …" or "FILE: …": it is no such file, a
  // load is negative or infinite, or every load is lost.
  static boost::system::result<Load, std::string> read(std::string_view text,
                                                       const std::string& file);

  Time start() const { return start_; }  // of the first row, measured or lost
  Time end() const { return end_; }      // of the last one

  // Linear between the samples around that time, lost ones left out; before the first sample and
  // after the last one as at that sample.
  double at(Time time) const;

  // What a scrape at that time shows: the mean of at() then and 15, 30 and 45 s earlier, those
  // before the start left out. Also where the scrape was lost.
  double mean(Time time) const;

  // Whether the last row at that time or before it was measured. False before the start.
  bool is_measured(Time time) const;

 private:
  // From a lost row until the next one that was measured.
  struct Outage {
    Time from{}, to{};
  };
  Load() = default;

  Time start_{}, end_{};
  std::vector<Sample> samples_;  // times rise; never empty
  std::vector<Outage> outages_;  // times rise
};

}  // namespace scalehook::simulate
