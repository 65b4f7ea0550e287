#include "core/dispatch/inquiry.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/dispatch/world.hpp"
#include "core/promql/age.hpp"
#include "core/promql/comparison.hpp"
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

constexpr std::chrono::seconds usual_interval = 5min;
constexpr auto again_soon = 30s;
// Longer than an answer may have been on its way, and shared with other lanes.
constexpr auto oldest_answer = 15s;

std::chrono::seconds interval(const scaling::Behavior& behavior) {
  return behavior.while_firing.value_or(usual_interval);
}

// Whether its count follows a value that Prometheus can be asked for.
bool is_measured(const Claim& claim, const Upstream& upstream) {
  const auto& policy = claim.behavior->policy;
  return upstream.query && (std::holds_alternative<scaling::Ratio>(policy) ||
                            std::holds_alternative<scaling::PerReplica>(policy));
}

// What Prometheus fires the alert for.
std::string condition_of(const std::string& generator_url) {
  return upstream::from_generator_url(generator_url).value_or("");
}

// What its value is asked by.
std::string expression_of(const scaling::Behavior& behavior, const std::string& generator_url) {
  return behavior.query.empty() ? condition_of(generator_url) : behavior.query;
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

  void ask(bool claims_due) {
    ++open_;  // until all have been asked
    world_.call_began(setup_);
    if (claims_due && setup_->upstream.alerts) ask_standings();
    if (setup_->upstream.query) {
      if (claims_due) ask_claims();
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

  void ask_claims() {
    findings_.values_asked = true;
    for (const auto& [key, claim] : memory_.claims) {
      if (claim.suppressed || claim.firing.empty()) continue;
      if (is_measured(claim, setup_->upstream)) ask_value(key, claim);
      if (!setup_->upstream.alerts) ask_condition(key, claim);
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

  void ask_value(const Key& key, const Claim& claim) {
    const std::string expression = expression_of(*claim.behavior, claim.generator_url);
    if (expression.empty()) return;
    const auto plain = promql::without_comparison(expression);
    const auto age = plain ? promql::age_of(*plain) : std::nullopt;
    const alert::Labels series = claim.firing.begin()->first;
    const auto take = [self = shared_from_this(), key, series](const QueryAnswer& answer) {
      if (!answer || answer->empty()) return;  // which does not mean that it is resolved
      const auto picked = upstream::pick(*answer, series);
      if (!picked.sample || !std::isfinite(picked.sample->value) || picked.sample->value < 0) {
        self->findings_.ambiguous = true;
        return;
      }
      scaling::measure(self->memory_, key, picked.sample->value, self->now());
    };
    if (!age) return query(expression, take);
    query(*age, [self = shared_from_this(), take, expression, series,
                 max_age = claim.behavior->max_age](const QueryAnswer& ages) {
      const auto fresh = only_fresh(ages, max_age);
      // Of none that is meant the value tells whether it is none or several.
      const bool old = ages && upstream::pick(*ages, series).matching > 0 &&
                       upstream::pick(*fresh, series).matching == 0;
      if (ages && !old) self->query(expression, take);
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
    for (const auto& trace : memory_.obligation->traces) {
      const std::string condition = condition_of(trace.generator_url);
      std::string measure = trace.behavior->evidence_query;
      if (measure.empty()) {
        measure = promql::without_comparison(expression_of(*trace.behavior, trace.generator_url))
                      .value_or("");
      }
      if (measure.empty()) {
        weigh(Evidence::unmeasured);
        continue;
      }
      const auto age = promql::age_of(measure);
      const auto max_age = trace.behavior->max_age;
      const auto identity = trace.key.second;
      query(age.value_or(measure), [self = shared_from_this(), identity, condition, measure,
                                    has_age = age.has_value(), max_age](QueryAnswer answer) {
        if (has_age) answer = only_fresh(std::move(answer), max_age);
        if (!has_series(answer, identity)) return self->weigh(Evidence::unmeasured);
        const bool compares = !condition.empty() && condition != measure;
        if (!compares) return self->weigh(Evidence::load_gone);
        self->query(condition, [self, identity](const QueryAnswer& there) {
          if (!there) return self->weigh(Evidence::unmeasured);
          self->weigh(has_series(there, identity) ? Evidence::load_there : Evidence::load_gone);
        });
      });
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

std::optional<Moment> next_inquiry(const Memory& memory, const Upstream& upstream,
                                   std::optional<Moment> asked_at) {
  std::optional<Moment> next;
  const auto consider = [&](Moment at) { next = std::min(next.value_or(at), at); };
  if (upstream.alerts || upstream.query) {
    for (const auto& [key, claim] : memory.claims) {
      const auto every = interval(*claim.behavior);
      consider(std::max(claim.confirmed_at, asked_at.value_or(claim.confirmed_at)) + every);
      // That it still fires says nothing of its value.
      if (is_measured(claim, upstream)) {
        const bool at_once = !claim.asked_at && !claim.value;
        consider(claim.asked_at.value_or(claim.confirmed_at) + (at_once ? 0s : every));
      }
      // What would be done then is better asked about just before.
      const auto before = [&](Moment at) {
        if (!asked_at || *asked_at < at) consider(at);
      };
      if (claim.behavior->while_firing && claim.want.replicas) before(claim.want.at + every);
      before(claim.confirmed_at + claim.behavior->claim_ttl);
    }
  }
  if (upstream.alerts) {
    for (const auto& [key, episode] : memory.closed) {
      if (!episode.replay) continue;
      if (episode.unannounced) {
        const auto last = std::max(episode.closed_at, asked_at.value_or(episode.closed_at));
        consider(last + interval(*episode.replay->behavior));
        continue;
      }
      const Moment due = episode.closed_at + scaling::replay_time;
      consider(asked_at && *asked_at >= due ? *asked_at + again_soon : due);
    }
  }
  return next;
}

void inquire(World& world, Memory& memory, std::optional<Moment> asked_at,
             std::function<void(Findings)> done) {
  const auto due = next_inquiry(memory, world.setup()->upstream, asked_at);
  const auto now = world.runtime().moment();
  const bool claims_due = due && *due <= now;
  for (auto& [key, claim] : memory.claims) {
    if (claims_due || !claim.asked_at) claim.asked_at = now;
  }
  std::make_shared<Round>(world, memory, std::move(done))->ask(claims_due);
}

bool needs_evidence(const Memory& memory, const Upstream& upstream, const Findings& findings) {
  return upstream.query && memory.obligation && findings.evidence_of != memory.obligation->at;
}

}  // namespace scalehook::dispatch
