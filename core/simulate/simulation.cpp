#include "core/simulate/simulation.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "core/dispatch/engine.hpp"
#include "core/promql/expression.hpp"
#include "core/simulate/alertmanager.hpp"
#include "core/simulate/cluster.hpp"
#include "core/simulate/decision.hpp"
#include "core/simulate/exporter.hpp"
#include "core/simulate/judges.hpp"
#include "core/simulate/meaning.hpp"
#include "core/simulate/prometheus.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// Nobody is to be told of a simulation.
std::shared_ptr<const config::Config> without_others(const config::Config& config) {
  auto copy = std::make_shared<config::Config>(config);
  copy->ack = config::Ack::journaled;
  for (auto& rule : copy->rules) rule.notify.clear();
  return copy;
}

std::string receiver_of(const config::Config& config) {
  return config.alertmanager_receiver.empty() ? "simulated" : config.alertmanager_receiver;
}

std::chrono::nanoseconds lookback_of(const Scenario& scenario) {
  std::chrono::nanoseconds lookback = 5min;
  if (!scenario.recording) return lookback;
  for (const auto& part : scenario.recording->parts()) {
    lookback = std::max(lookback, part.lookback);
  }
  return lookback;
}

class Play {
 public:
  explicit Play(const Scenario& scenario)
      : scenario_{scenario},
        judges_{scenario.spans},
        clock_{scenario.load ? scenario.load->load->start() : scenario.recording->start()},
        database_{lookback_of(scenario)},
        cluster_{clock_, scenario.replicas, scenario.startup,
                 [this](const rules::Target& target, std::int64_t replicas) {
                   changed(target, replicas);
                 }},
        alertmanager_{
            clock_, scenario.group, receiver_of(*scenario.config),
            [this](alert::Notification notification) { notify(std::move(notification)); }},
        prometheus_{clock_,
                    database_,
                    scenario.groups,
                    scenario.interval,
                    supply_of(scenario),
                    {[this] {
                       if (playback_) playback_->catch_up(clock_.now());
                     },
                     [this](std::size_t alert, const AlertEvaluation& evaluation) {
                       evaluated(alert, evaluation);
                     },
                     [this](const std::string& name, std::vector<PostedAlert> alerts) {
                       alertmanager_.post(name, std::move(alerts));
                     }}},
        engine_{clock_, metrics_, setup(),
                [this](const journal::Change& change, const std::function<void()>& stored) {
                  for (const auto& record : change.records) decided(record);
                  if (stored) stored();
                }} {
    timeline_.start = clock_.now();
    for (const auto* alert : alerts_of(scenario.groups)) {
      timeline_.alerts.push_back(played(*alert));
      alertmanager_.expect(alert->name);
    }
    numbers_.resize(timeline_.alerts.size());
    seen_.resize(timeline_.alerts.size());
    if (scenario.load) {
      begin_load(*scenario.load);
    } else {
      begin_recording(*scenario.recording);
    }
    engine_.start();
  }

  boost::system::result<Timeline, std::string> run() {
    const Time end = scenario_.load ? scenario_.load->load->end() : scenario_.recording->end();
    while (true) {
      const Time at = std::min({prometheus_.next(), next_tick_, next_scrape_});
      if (at > end) break;
      // The scrape of a moment comes before what is asked at it: an HPA's look at the same moment
      // sees it too.
      if (at > clock_.now()) clock_.pass(at - clock_.now() - 1ns);
      const bool ticks = advance(at);
      clock_.pass(at - clock_.now());
      if (auto fault = step(at, ticks)) return *std::move(fault);
      if (fault_) return *fault_;
      if (prometheus_.fault()) return *prometheus_.fault();
    }
    clock_.pass(end - clock_.now());
    if (prometheus_.fault()) return *prometheus_.fault();
    timeline_.end = end;
    timeline_.verdicts = judges_.verdicts();
    for (auto& watched : timeline_.watched) watched.finish(end);
    return std::move(timeline_);
  }

 private:
  static PlayedAlert played(const AlertRule& rule) {
    PlayedAlert alert{rule.name, rule.measure.empty() ? rule.expression : rule.measure,
                      rule.expression, std::nullopt};
    if (rule.comparison) {
      alert.condition = to_text(*rule.comparison);
      alert.threshold = rule.comparison->threshold;
    }
    return alert;
  }

  std::shared_ptr<const dispatch::Setup> setup() {
    auto setup = std::make_shared<dispatch::Setup>();
    setup->config = without_others(*scenario_.config);
    for (const auto& [name, check] : scenario_.checks) {
      setup->scalers[name] = cluster_.scaler(name, check);
    }
    if (!scenario_.config->prometheus_url.empty()) {
      setup->upstream.query = [this](const std::string& expression, auto answer) {
        clock_.post([this, expression, answer] { answer(prometheus_.query(expression)); });
      };
    }
    if (!scenario_.config->alertmanager_urls.empty()) {
      setup->upstream.alerts = [this](auto answer) {
        clock_.post([this, answer] { answer(alertmanager_.answer()); });
      };
    }
    return setup;
  }

  void begin_load(const LoadedWorkload& load) {
    plant_.emplace(*load.load, load.plant);
    exporter_.emplace(database_, load.labels, load.plant.waits);
    cluster_.plant(load.target, *plant_);
    workload(load.target);
    next_tick_ = next_scrape_ = clock_.now();
  }

  void begin_recording(const Recording& recording) {
    playback_.emplace(recording, scenario_.recorded, database_,
                      [this](std::size_t part) { return factor(part); });
    for (const auto& part : recording.parts()) {
      auto& target = targets_.emplace_back();
      const auto& labels = part.series.labels;
      for (std::size_t alert = 0; alert < timeline_.alerts.size(); ++alert) {
        const auto& evaluation = prometheus_.alert(alert);
        if (!target) target = meaning_of(*scenario_.config, evaluation.rule(), labels).target;
        if (part.series.name.empty() && timeline_.alerts[alert].measure == scenario_.recorded) {
          prometheus_.expect(alert, labels);
          watch(alert, evaluation);
        }
      }
    }
  }

  double factor(std::size_t part) const {
    if (!scenario_.feedback || !targets_[part]) return 1;
    const auto ready = std::max<std::int64_t>(1, cluster_.ready(*targets_[part]));
    return static_cast<double>(scenario_.replicas) / static_cast<double>(ready);
  }

  // Takes up the series of an alert that are new.
  void watch(std::size_t alert, const AlertEvaluation& evaluation) {
    for (auto& numbers = numbers_[alert]; numbers.size() < evaluation.watched().size();) {
      const auto& labels = evaluation.watched()[numbers.size()].labels;
      numbers.push_back(timeline_.watched.size());
      auto& watched = timeline_.watched.emplace_back();
      watched.alert = alert;
      watched.labels = labels;
      if (!seen_[alert].insert(labels_of(evaluation.rule(), labels, 0)).second) {
        fault_ = "two series make alerts \"" + timeline_.alerts[alert].name +
                 "\" with the same labels, which Prometheus refuses: the rule's labels hide what "
                 "differs";
      }
      const auto meaning = meaning_of(*scenario_.config, evaluation.rule(), labels);
      if (!meaning.target) continue;
      watched.target = rules::to_text(*meaning.target);
      workload(*meaning.target).max = meaning.rule->behavior.limits.max;
    }
  }

  Workload& workload(const rules::Target& target) {
    const auto name = rules::to_text(target);
    for (auto& known : timeline_.workloads) {
      if (known.target == name) return known;
    }
    const bool is_loaded = scenario_.load && scenario_.load->target == target;
    return timeline_.workloads.emplace_back(Workload{
        name,
        std::numeric_limits<std::int64_t>::max(),
        {{timeline_.start, is_loaded ? scenario_.load->plant.replicas : scenario_.replicas}}});
  }

  // The load's workload up to then, and its metrics. True if the verdict is to look at it.
  bool advance(Time at) {
    const bool ticks = next_tick_ <= at;
    if (ticks) {
      tick_ = plant_->advance(at);
      next_tick_ = at + tick_length;
    }
    if (next_scrape_ <= at) {
      exporter_->scrape(at, plant_->visible());
      next_scrape_ = at + scenario_.load->scrape_interval;
    }
    return ticks;
  }

  std::optional<std::string> step(Time now, bool ticks) {
    if (prometheus_.next() <= now) {
      if (auto fault = prometheus_.evaluate()) return fault;
    }
    clock_.pass(0s);  // also what is asked for at once
    if (ticks) {
      judges_.look(tick_, plant_->replicas());
      if (scenario_.keep.served) {
        timeline_.served.push_back({now, tick_.load, tick_.served_at_most, tick_.is_short});
      }
    }
    return std::nullopt;
  }

  void evaluated(std::size_t alert, const AlertEvaluation& evaluation) {
    watch(alert, evaluation);
    for (std::size_t index = 0; index < evaluation.watched().size(); ++index) {
      const auto& [labels, value, holds, state] = evaluation.watched()[index];
      timeline_.watched[numbers_[alert][index]].add({clock_.now(), value, holds, state},
                                                    scenario_.keep.points);
    }
  }

  void changed(const rules::Target& target, std::int64_t replicas) {
    auto& changes = workload(target).changes;
    if (scenario_.load && scenario_.load->target == target) {
      judges_.change(clock_.now(), changes.back().replicas, replicas);
    }
    changes.push_back({clock_.now(), replicas});
  }

  void notify(alert::Notification notification) {
    ++timeline_.notification_count;
    if (scenario_.keep.notifications) {
      timeline_.notifications.push_back(notification);
      timeline_.notified_at.push_back(clock_.now());
    }
    engine_.receive(static_cast<std::int64_t>(timeline_.notification_count),
                    dispatch::Engine::coming(clock_.now(), std::move(notification)));
  }

  void decided(const journal::Record& record) {
    ++timeline_.decision_count;
    if (!scenario_.keep.decisions) return;
    auto decision = decision_of(record);
    decision.value = std::numeric_limits<double>::quiet_NaN();
    bool first = true;
    for (const auto& watched : timeline_.watched) {
      if (watched.target != record.target || !watched.last) continue;
      const auto& names = decision.alerts;
      const auto& name = timeline_.alerts[watched.alert].name;
      if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
      const auto& last = *watched.last;
      if (!std::exchange(first, false) && last.state <= decision.state) continue;
      decision.value = last.value;
      decision.state = last.state;
    }
    timeline_.decisions.push_back(std::move(decision));
  }

  const Scenario& scenario_;
  Timeline timeline_;
  std::vector<std::vector<std::size_t>> numbers_;      // of each alert's series, in the timeline
  std::vector<std::set<alert::Labels>> seen_;          // of each alert, the labels of its alerts
  std::vector<std::optional<rules::Target>> targets_;  // of each part of the recording
  std::optional<std::string> fault_;
  Judges judges_;
  Time next_tick_ = Time::max(), next_scrape_ = Time::max();
  Tick tick_;
  // What the clock runs belongs to those below it, and is not run once they end.
  Clock clock_;
  Database database_;
  std::optional<Playback> playback_;
  std::optional<Plant> plant_;
  std::optional<Exporter> exporter_;
  Cluster cluster_;
  Alertmanager alertmanager_;
  Prometheus prometheus_;
  telemetry::Metrics metrics_{"simulated"};
  dispatch::Engine engine_;
};

}  // namespace

boost::system::result<Timeline, std::string> run(const Scenario& scenario) {
  return Play{scenario}.run();
}

}  // namespace scalehook::simulate
