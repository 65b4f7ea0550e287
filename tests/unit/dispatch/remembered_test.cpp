#include "core/dispatch/remembered.hpp"

#include <gtest/gtest.h>

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;
using scaling::Moment;

std::shared_ptr<const scaling::Behavior> behavior(const std::string& rule) {
  auto made = std::make_shared<scaling::Behavior>();
  made->rule = rule;
  return made;
}

scaling::Claim claim(const std::string& rule) {
  scaling::Claim claim;
  claim.action = scaling::Action::scale_in;
  claim.behavior = behavior(rule);
  claim.firing = {{{{"pod", "a"}}, scaling::SenderTime{5s}}};
  claim.resolved = {{{{"pod", "b"}}, {scaling::SenderTime{4s}, Moment{6s}}}};
  claim.confirmed_at = Moment{7s};
  claim.suppressed = true;
  claim.value = 0.25;
  claim.sampled_at = Moment{8s};
  claim.measured = true;
  claim.below = true;
  claim.want = {4, 0.5, Moment{9s}, {0.5, 0.25}, true};
  claim.generator_url = "http://p/graph?g0.expr=x";
  return claim;
}

// Nothing is left empty, so that what is not written shows.
scaling::Memory memory() {
  scaling::Memory memory;
  memory.uid = "uid";
  memory.claims[{"busy", {{"alertname", "Busy \"x\""}}}] = claim("busy");
  scaling::Episode episode;
  episode.series = {{{{"pod", "c"}}, {scaling::SenderTime{1s}, Moment{2s}, true}}};
  episode.closed_at = Moment{3s};
  episode.expired = true;
  episode.replay = claim("busy");
  episode.want = {3, {}, Moment{4s}};
  episode.baseline = 2;
  episode.known = 3;
  memory.closed[{"busy", {{"alertname", "Other"}}}] = episode;
  memory.baseline = 1;
  memory.known = 2;
  memory.obligation.emplace();
  memory.obligation->how = scaling::OnResolved::step;
  memory.obligation->behavior = behavior("busy");
  memory.obligation->at = Moment{10s};
  memory.obligation->to = 1;
  memory.obligation->moved = true;
  memory.obligation->before = 3;
  memory.obligation->proven_since = Moment{11s};
  memory.obligation->proven_at = Moment{12s};
  memory.obligation->traces.push_back(
      {{"busy", {{"alertname", "Other"}}}, behavior("busy"), "url", scaling::OnResolved::step});
  memory.recommendations = {{Moment{12s}, 4}, {Moment{13s}, 5, Moment{14s}}};
  memory.changes = {{Moment{14s}, -2}};
  memory.reversals = {Moment{15s}};
  memory.contested = true;
  memory.intent = {2, 4, Moment{16s}, behavior("busy"), true, true, "why"};
  memory.decided_up_to = 77;
  memory.levels = {1, 2};
  memory.level_of = Moment{17s};
  memory.highest = 6;
  memory.fits = {{Moment{18s}, 3}};
  memory.trials = {-2, true};
  memory.descent = {Moment{19s}, 2};
  memory.failures = {{1, Moment{20s}, 30min}};
  return memory;
}

const rules::Target target{"deployment", {{"namespace", "shop"}, {"name", "checkout"}}};

TEST(Remembered, AMemoryIsReadAsItWasWritten) {
  const std::string text = to_json(target, memory());
  const auto read = parse_memory(text, behavior);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->target, target);
  // What is read writes the same text again: nothing was lost on the way.
  EXPECT_EQ(to_json(read->target, read->memory), text);
  ASSERT_EQ(read->memory.claims.size(), 1u);
  const auto& open = read->memory.claims.begin()->second;
  EXPECT_EQ(open.behavior->rule, "busy");
  EXPECT_EQ(open.want.replicas, 4);
  EXPECT_EQ(open.confirmed_at, Moment{7s});
  EXPECT_EQ(read->memory.obligation->traces.size(), 1u);
}

// As 0.1.0 wrote it: 2, stepped out to 3 and 5, in part taken back to 4, and resolved.
TEST(Remembered, WhatTheVersionBeforeKeptIsTakenUp) {
  const auto read = parse_memory(R"({
    "scaler": "deployment", "target": {"name": "checkout", "namespace": "shop"}, "uid": "uid",
    "claims": [], "closed": [[["busy", {"alertname": "Busy"}],
      {"series": [[{"alertname": "Busy"}, 1000000000, 9000000000, false]], "closed_at": 9000000000,
       "expired": false, "unannounced": false, "replay": null,
       "want": {"replicas": 5, "value": null, "at": 5000000000}, "began_at": 2000000000,
       "baseline": 2, "known": 5, "restored_at": 8000000000, "flaps": 2}]],
    "began_at": 2000000000, "baseline": 2, "known": 4,
    "obligation": {"how": 0, "rule": "busy", "at": 9000000000, "to": 2, "not_before": 11000000000,
      "doubted": true, "traces": [[["busy", {"alertname": "Busy"}], "url", 0, 11000000000]],
      "superseded": false},
    "intent": {"from": 4, "to": 2, "at": 10000000000, "rule": "busy", "restores": true,
      "explanation": "why"},
    "decided_up_to": 77, "recommendations": [], "changes": [[1000000000, 4], [3000000000, 1],
      [5000000000, 2], [8000000000, -1]], "reversals": [], "contested": false})",
                                 behavior);
  ASSERT_TRUE(read);
  const auto& memory = read->memory;
  EXPECT_EQ(memory.levels, (std::vector<std::int64_t>{2, 3})) << "the changes of this run say so";
  ASSERT_TRUE(memory.obligation);
  EXPECT_FALSE(memory.obligation->to) << "where it goes is computed by its measure now";
  EXPECT_EQ(memory.obligation->traces.size(), 1u);
  EXPECT_TRUE(memory.intent && memory.intent->restores && !memory.intent->undoes);
}

TEST(Remembered, WhatIsNoneIsToldFromIt) {
  for (const char* broken : {"", "{", "{}", R"({"scaler": 5})"}) {
    EXPECT_FALSE(parse_memory(broken, behavior)) << broken;
    EXPECT_FALSE(parse_pause(broken)) << broken;
  }
}

TEST(Remembered, APauseIsReadAsItWasWritten) {
  scaling::Pause pause{"deployment shop/checkout", "busy", "in", alert::Time{60s}, "why", {}};
  pause.since = alert::Time{30s};
  const auto read = parse_pause(to_json(pause));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(pause));
  EXPECT_EQ(read->until, alert::Time{60s});
  pause.until.reset();
  EXPECT_FALSE(parse_pause(to_json(pause))->until);
}

}  // namespace
}  // namespace scalehook::dispatch
