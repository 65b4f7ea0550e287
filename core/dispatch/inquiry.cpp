#include "core/dispatch/inquiry.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/dispatch/due.hpp"
#include "core/dispatch/world.hpp"
#include "core/promql/age.hpp"
#include "core/promql/comparison.hpp"
#include "core/promql/measure.hpp"
#include "core/scaling/claim.hpp"
#include "core/scaling/want.hpp"
#include "core/upstream/generator_url.hpp"

namespace scalehook::dispatch {
namespace {

using scaling::Claim;
using scaling::Evidence;
using scaling::Key;
using scaling::Memory;
using scaling::Moment;
using upstream::QueryAnswer;
using upstream::Standing;

using namespace std::chrono_literals;

// Longer than an answer may have been on its way, and shared with other lanes.
constexpr auto oldest_answer = 15s;

// What Prometheus fires the alert for.
std::string condition_of(const std::string& generator_url) {
  return upstream::from_generator_url(generator_url).value_or("");
}

// What its value is asked by.
std::string expression_of(const scaling::Behavior& behavior, const std::string& generator_url) {
  return behavior.query.empty() ? condition_of(generator_url) : behavior.query;
}

// The expression that has a value also while its comparison does not hold.
std::string measure_of(const std::string& expression) {
  return promql::without_comparison(expression).value_or("");
}

// Whether the series is of that identity: none of its labels says otherwise.
bool agrees(const upstream::Sample& sample, const alert::Labels& identity) {
  return std::all_of(sample.labels.begin(), sample.labels.end(), [&](const auto& label) {
    const auto own = identity.find(label.first);
    return own == identity.end() || own->second == label.second;
  });
}

bool has_series(const QueryAnswer& answer, const alert::Labels& identity) {
  return answer && std::any_of(answer->begin(), answer->end(),
                               [&](const auto& sample) { return agrees(sample, identity); });
}

// The values of that identity's series; those that are no number are left out.
std::vector<double> values_of(const QueryAnswer& answer, const alert::Labels& identity) {
  std::vector<double> values;
  if (!answer) return values;
  for (const auto& sample : *answer) {
    if (agrees(sample, identity) && std::isfinite(sample.value)) values.push_back(sample.value);
  }
  return values;
}

// What the alert compares a measure with that its replicas share; none if they do not share it.
std::optional<promql::Threshold> shared_threshold(const scaling::Trace& trace,
                                                  const std::string& condition) {
  const auto load = trace.behavior->load;
  const bool steps = !scaling::follows_value(trace.behavior->policy);
  if (!steps || load == scaling::Load::other || condition.empty()) return std::nullopt;
  if (load == scaling::Load::detect && promql::measure_of(condition).load == promql::Load::other) {
    return std::nullopt;
  }
  return promql::threshold(condition);
}

std::chrono::nanoseconds to_duration(double seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>{seconds});
}

// Of ages, those that are no older than they may be; a metric without a sample has none.
QueryAnswer only_fresh(QueryAnswer ages, std::chrono::seconds max_age) {
  if (!ages) return ages;
  std::erase_if(*ages, [&](const upstream::Sample& age) {
    return !(age.value <= static_cast<double>(max_age.count()));
  });
  return ages;
}

// One round of questions. It lives in their answers.
class Round : public std::enable_shared_from_this<Round> {
 public:
  Round(World& world, Memory& memory, std::function<void(Findings)> done)
      : world_{world}, memory_{memory}, done_{std::move(done)}, setup_{world.setup()} {}

  void ask(bool claims_due, bool values_due) {
    ++open_;  // until all have been asked
    world_.call_began(setup_);
    if (claims_due && setup_->upstream.alerts) ask_standings();
    if (setup_->upstream.query) {
      if (values_due) ask_claims(claims_due);
      ask_evidence();
    }
    answered();
  }

 private:
  Moment now() { return world_.runtime().moment(); }

  void ask_standings() {
    ++open_;
    world_.ask_standings([self = shared_from_this()](const upstream::Standings& standings) {
      self->apply(standings);
      self->answered();
    });
  }

  static Standing standing(const upstream::Standings& standings, const Claim& claim) {
    bool suppressed = false;
    bool unknown = false;
    for (const auto& [series, starts_at] : claim.firing) {
      switch (standings.of(series)) {
        case Standing::active:
          return Standing::active;
        case Standing::suppressed:
          suppressed = true;
          break;
        case Standing::unknown:
          unknown = true;
          break;
        case Standing::gone:
          break;
      }
    }
    if (suppressed) return Standing::suppressed;
    return unknown ? Standing::unknown : Standing::gone;
  }

  void apply(const upstream::Standings& standings) {
    std::vector<Key> gone;
    for (auto& [key, claim] : memory_.claims) {
      // One that came since the question was asked may not have been there yet.
      const bool settled = claim.confirmed_at + oldest_answer <= now();
      switch (standing(standings, claim)) {
        case Standing::active:
          // A label that takes ever new values would leave ever more series behind.
          if (settled) {
            std::erase_if(claim.firing, [&](const auto& series) {
              return standings.of(series.first) == Standing::gone;
            });
          }
          scaling::confirm(memory_, key, now());
          break;
        case Standing::suppressed:
          scaling::suppress(memory_, key, now());
          break;
        case Standing::gone:
          if (settled) gone.push_back(key);
          break;
        case Standing::unknown:
          break;
      }
    }
    for (const auto& key : gone) scaling::close_as_gone(memory_, key, now());
    std::vector<std::pair<Key, Standing>> back;
    for (auto& [key, episode] : memory_.closed) {
      const bool delayed = !episode.unannounced;
      if (!episode.replay || (delayed && now() < episode.closed_at + scaling::replay_time))
        continue;
      const auto found = standing(standings, *episode.replay);
      if (found == Standing::active || found == Standing::suppressed) {
        back.emplace_back(key, found);
      } else if (delayed && found == Standing::gone) {
        episode.replay.reset();
      }
    }
    for (const auto& [key, found] : back) {
      scaling::reopen(memory_, key, now());
      if (found == Standing::suppressed) scaling::suppress(memory_, key, now());
    }
  }

  void query(const std::string& expression, std::function<void(QueryAnswer)> use) {
    ++open_;
    setup_->upstream.query(expression,
                           [self = shared_from_this(), use = std::move(use)](QueryAnswer answer) {
                             self->world_.runtime().post([self, use, answer = std::move(answer)] {
                               if (!answer) self->findings_.fault = answer.error();
                               self->world_.prometheus_answered(self->findings_.fault);
                               use(answer);
                               self->answered();
                             });
                           });
  }

  void ask_claims(bool conditions_due) {
    findings_.values_asked = true;
    for (const auto& [key, claim] : memory_.claims) {
      if (claim.suppressed || claim.firing.empty()) continue;
      if (is_measured(claim, setup_->upstream)) ask_value(key, claim);
      if (!conditions_due) continue;
      if (!setup_->upstream.alerts) ask_condition(key, claim);
      if (may_step_further(claim)) ask_effect(key, claim);
    }
  }

  // Where there is no Alertmanager to ask, that the condition holds says that it still fires.
  void ask_condition(const Key& key, const Claim& claim) {
    const std::string condition = condition_of(claim.generator_url);
    if (condition.empty()) return;
    query(condition, [self = shared_from_this(), key](const QueryAnswer& answer) {
      if (has_series(answer, key.second)) scaling::confirm(self->memory_, key, self->now());
    });
  }

  static bool may_step_further(const Claim& claim) {
    return claim.behavior->while_firing && claim.action == scaling::Action::scale_out &&
           scaling::goes_by_steps(claim.behavior->policy);
  }

  // The measure before a further step, by which it is known whether steps help.
  void ask_effect(const Key& key, const Claim& claim) {
    const std::string condition = condition_of(claim.generator_url);
    const auto threshold = promql::threshold_of(condition);
    if (!threshold) return;
    const bool below = threshold->starts_with('<');
    query(measure_of(condition),
          [self = shared_from_this(), key, below](const QueryAnswer& answer) {
            const auto values = values_of(answer, key.second);
            const auto place = self->memory_.claims.find(key);
            if (values.size() != 1 || place == self->memory_.claims.end()) return;
            place->second.below = below;
            scaling::measure(self->memory_, key, values.front(), self->now());
          });
  }

  void ask_value(const Key& key, const Claim& claim) {
    const auto& behavior = *claim.behavior;
    const std::string written = expression_of(behavior, claim.generator_url);
    if (written.empty()) return;
    const std::string plain = measure_of(written);
    // With its comparison it would have no value at or below the threshold.
    const std::string expression = behavior.query.empty() && !plain.empty() ? plain : written;
    const auto age = plain.empty() ? std::nullopt : promql::age_of(plain);
    const alert::Labels series = claim.firing.begin()->first;
    const auto take = [self = shared_from_this(), key, series](const QueryAnswer& answer,
                                                               std::chrono::nanoseconds its_age) {
      if (!answer || answer->empty()) return;  // which does not mean that it is resolved
      const auto picked = upstream::pick(*answer, series);
      if (!picked.sample || !std::isfinite(picked.sample->value) || picked.sample->value < 0) {
        self->findings_.ambiguous = true;
        return;
      }
      scaling::measure(self->memory_, key, picked.sample->value, self->now() - its_age);
    };
    if (!age) return query(expression, [take](const QueryAnswer& answer) { take(answer, 0ns); });
    query(*age, [self = shared_from_this(), take, expression, series,
                 max_age = behavior.max_age](const QueryAnswer& ages) {
      if (!ages) return;
      const auto fresh = upstream::pick(*only_fresh(ages, max_age), series);
      // Of none that is meant the value tells whether it is none or several.
      if (upstream::pick(*ages, series).matching > 0 && fresh.matching == 0) return;
      const auto its_age = fresh.sample ? to_duration(fresh.sample->value) : 0ns;
      self->query(expression,
                  [take, its_age](const QueryAnswer& answer) { take(answer, its_age); });
    });
  }

  void weigh(Evidence evidence) {
    // Of several the one that says least of the load's going counts.
    findings_.evidence = std::max(findings_.evidence, evidence);
  }

  void ask_evidence() {
    if (!memory_.obligation) return;
    findings_.evidence_of = memory_.obligation->at;
    if (memory_.obligation->how == scaling::OnResolved::hold) return;
    for (auto& trace : memory_.obligation->traces) {
      trace.measured.reset();
      ask_trace(trace);
    }
  }

  // Whether its measure is there and fresh; then whether its condition holds, and what its value is
  // if its count follows that.
  void ask_trace(const scaling::Trace& trace) {
    const std::string condition = condition_of(trace.generator_url);
    const std::string& own = trace.behavior->evidence_query;
    const std::string measure =
        own.empty() ? measure_of(expression_of(*trace.behavior, trace.generator_url)) : own;
    if (measure.empty()) return weigh(Evidence::unmeasured);
    const auto age = promql::age_of(measure);
    query(age.value_or(measure), [self = shared_from_this(), trace, condition, measure,
                                  has_age = age.has_value()](QueryAnswer answer) {
      if (has_age) answer = only_fresh(std::move(answer), trace.behavior->max_age);
      const auto& identity = trace.key.second;
      if (!has_series(answer, identity)) return self->weigh(Evidence::unmeasured);
      const auto ages = has_age ? values_of(answer, identity) : std::vector<double>{};
      const bool compares = !condition.empty() && condition != measure;
      if (!compares) self->weigh(Evidence::load_gone);
      if (compares) self->ask_trace_condition(identity, condition);
      self->ask_trace_value(trace, condition, ages.empty() ? 0ns : to_duration(ages.front()));
    });
  }

  void ask_trace_condition(const alert::Labels& identity, const std::string& condition) {
    query(condition, [self = shared_from_this(), identity](const QueryAnswer& there) {
      if (!there) return self->weigh(Evidence::unmeasured);
      self->weigh(has_series(there, identity) ? Evidence::load_there : Evidence::load_gone);
    });
  }

  void ask_trace_value(const scaling::Trace& trace, const std::string& condition,
                       std::chrono::nanoseconds age) {
    const auto threshold = shared_threshold(trace, condition);
    const bool follows = scaling::follows_value(trace.behavior->policy);
    if (!threshold && !follows) return;
    const std::string plain = measure_of(expression_of(*trace.behavior, trace.generator_url));
    const std::string expression = threshold                       ? threshold->measure
                                   : trace.behavior->query.empty() ? plain
                                                                   : trace.behavior->query;
    query(expression, [self = shared_from_this(), key = trace.key, threshold, follows,
                       taken_at = now() - age](const QueryAnswer& answer) {
      const auto values = values_of(answer, key.second);
      // Of several none is the one to follow; of those that are to fit the highest counts.
      if (values.empty() || (follows && values.size() > 1)) {
        return self->weigh(Evidence::unmeasured);
      }
      scaling::Measured measured{*std::max_element(values.begin(), values.end()), taken_at, {}};
      if (threshold) measured.limit = threshold->limit;
      self->note(key, measured);
    });
  }

  void note(const Key& key, const scaling::Measured& measured) {
    if (!memory_.obligation || measured.value < 0) return;
    for (auto& trace : memory_.obligation->traces) {
      if (trace.key == key) trace.measured = measured;
    }
  }

  void answered() {
    if (--open_ > 0) return;
    if (!setup_->upstream.alerts) findings_.expired = scaling::expire(memory_, now());
    done_(std::move(findings_));
    world_.call_ended(setup_);
  }

  World& world_;
  Memory& memory_;
  std::function<void(Findings)> done_;
  std::shared_ptr<const Setup> setup_;
  Findings findings_;
  int open_ = 0;
};

}  // namespace

void inquire(World& world, Memory& memory, std::optional<Moment> asked_at,
             std::function<void(Findings)> done) {
  const auto now = world.runtime().moment();
  const auto& upstream = world.setup()->upstream;
  const auto is_due = [&](std::optional<Moment> at) { return at && *at <= now; };
  const bool claims_due = is_due(next_confirmation(memory, upstream, asked_at));
  const bool values_due = claims_due || is_due(next_values(memory, upstream));
  for (auto& [key, claim] : memory.claims) {
    if (values_due || !claim.asked_at) claim.asked_at = now;
  }
  if (memory.obligation) memory.obligation->asked_at = now;
  std::make_shared<Round>(world, memory, std::move(done))->ask(claims_due, values_due);
}

bool needs_evidence(const Memory& memory, const Upstream& upstream, const Findings& findings) {
  return upstream.query && memory.obligation && findings.evidence_of != memory.obligation->at;
}

}  // namespace scalehook::dispatch
