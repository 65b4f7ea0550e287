// A decision record, as far as a reader of its story wants to know it.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"

namespace scalehook::explain {

struct SeenAlert {
  std::string name;  // alertname; may be empty
  bool firing{};
  std::optional<alert::Time> since;     // when it began to fire
  std::optional<alert::Time> until;     // when it was resolved
  std::string value;                    // of the annotation, else of the label; may be empty
  std::string summary;                  // of the annotations; may be empty
  alert::Labels labels;                 // all but `value`
  std::vector<std::string> particular;  // "label: value", those that the target does not say itself
};

// A stop on the way from what alerts want to what is written.
struct Stage {
  std::string name;
  std::optional<std::int64_t> replicas;
  std::string note;
};

struct Entry {
  alert::Time time{};
  std::string target;  // empty: the alert came to no workload
  std::string rule;    // may be empty
  std::string reason;
  std::string direction;
  std::string explanation;
  std::optional<std::int64_t> from, to, baseline;
  std::optional<alert::Time> next;  // when it is looked at again
  std::int64_t repeats = 0;         // notifications that said nothing new and are told as one
  std::vector<Stage> stages;
  std::vector<SeenAlert> alerts;
  std::int64_t truncated_alerts = 0;  // how many more there were
};

// Takes what is there; a record of another version may have less, or more.
Entry read_entry(const boost::json::object& record);

}  // namespace scalehook::explain
