// From a notification to what it says of each target.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/dispatch/setup.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/claim.hpp"
#include "core/scaling/reason.hpp"

namespace scalehook::dispatch {

// An alert no target's claim comes of.
struct Turned {
  alert::Alert alert;
  std::string rule;  // empty if none matched
  scaling::Reason reason{};
  std::string explanation;
};

struct Taken {
  struct Seen {
    std::vector<alert::Alert> alerts;
    std::vector<scaling::Observation> observations;  // one for each alert
  };
  struct Order {
    bool operator()(const auto& one, const auto& other) const {
      return one != other && *one < *other;
    }
  };
  std::map<std::shared_ptr<const rules::Target>, Seen, Order> targets;  // none is null
  std::vector<Turned> turned;
};

// What alerts say under one setup. Remembers it, for Alertmanager repeats the same alerts: what
// they mean is worked out once. Of one thread.
class Intake {
 public:
  // So many alerts are remembered, of so many bytes each; beyond, all are forgotten and learned
  // anew.
  static constexpr std::size_t most_known = 2048;
  static constexpr std::size_t most_text = 4096;

  explicit Intake(std::shared_ptr<const Setup> setup) : setup_{std::move(setup)} {}

  // The first rule that matches an alert says its target and action.
  Taken take(std::vector<alert::Alert> alerts);

 private:
  struct Meaning {
    std::shared_ptr<const rules::Target> target;
    std::shared_ptr<const scaling::Series> series;
  };
  // All of an alert that its meaning comes of.
  struct Known {
    alert::Labels labels;
    alert::Labels annotations;
    std::string generator_url;
    Meaning meaning;
  };

  void take(alert::Alert alert, Taken& taken);
  std::optional<Meaning> recall(const alert::Alert& alert) const;
  void remember(const alert::Alert& alert, const Meaning& meaning);
  // None if it was turned away: then it is moved there.
  std::optional<Meaning> meaning_of(alert::Alert& alert, Taken& taken) const;

  std::shared_ptr<const Setup> setup_;
  std::unordered_map<std::string, Known> known_;  // by fingerprint, which is the sender's: a hint
};

}  // namespace scalehook::dispatch
