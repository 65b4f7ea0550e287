// All that was recorded, and what it is made of.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/simulate/database.hpp"
#include "core/simulate/trace.hpp"

namespace scalehook::simulate {

// One or several files together. Series without a name are what one expression was recorded to be.
// Immutable once made; may be read by several threads.
class Recording {
 public:
  struct Part {
    Series series;
    std::chrono::nanoseconds lookback{};
    bool is_evaluated = false;  // at each step, so that a step without a sample had none
    std::string file;
  };

  // Fails with one sentence if two series have the same name and labels; at least one trace.
  // Without `keeps_names` none has a name.
  static boost::system::result<Recording, std::string> of(std::vector<Trace> traces,
                                                          bool keeps_names);

  // Those with a name first, each in the order of the files.
  const std::vector<Part>& parts() const { return parts_; }
  Time start() const { return start_; }                    // of the first sample of all
  Time end() const { return end_; }                        // of the last
  std::chrono::nanoseconds step() const { return step_; }  // the shortest of any file

  // Adds the label to all series, in place of one of that name.
  void label(const std::string& name, const std::string& value);

 private:
  std::vector<Part> parts_;
  Time start_{}, end_{};
  std::chrono::nanoseconds step_{};
};

// A recording as it is played into a database. All are borrowed.
class Playback {
 public:
  // What a part's values are multiplied by when they are scraped.
  using Factor = std::function<double(std::size_t part)>;

  // `expression`: what the parts without a name are recordings of; see Database::record.
  Playback(const Recording& recording, const std::string& expression, Database& database,
           Factor factor);

  // Brings the database up to `now`; times never fall. A part without a name has a sample of just
  // that time, so that its age is 0.
  void catch_up(Time now);

 private:
  void scrape(std::size_t part, Time now);

  const Recording& recording_;
  Database& database_;
  Factor factor_;
  std::vector<std::size_t> next_;  // of each part with a name, the sample that is to come
  std::optional<Time> caught_up_;
};

}  // namespace scalehook::simulate
