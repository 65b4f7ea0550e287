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
  claim.want = {4, 0.5, Moment{9s}};
  claim.generator_url = "http://p/graph?g0.expr=x";
  claim.flaps = 2;
  claim.restored_at = Moment{6s};
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
  episode.restored_at = Moment{5s};
  episode.flaps = 1;
  memory.closed[{"busy", {{"alertname", "Other"}}}] = episode;
  memory.baseline = 1;
  memory.known = 2;
  memory.obligation.emplace();
  memory.obligation->how = scaling::OnResolved::step;
  memory.obligation->behavior = behavior("busy");
  memory.obligation->at = Moment{10s};
  memory.obligation->to = 1;
  memory.obligation->superseded = true;
  memory.obligation->not_before = Moment{11s};
  memory.obligation->traces = {{{"busy", {{"alertname", "Other"}}},
                                behavior("busy"),
                                "url",
                                scaling::OnResolved::step,
                                Moment{11s}}};
  memory.recommendations = {{Moment{12s}, 4}, {Moment{13s}, 5}};
  memory.changes = {{Moment{14s}, -2}};
  memory.reversals = {Moment{15s}};
  memory.contested = true;
  memory.intent = {2, 4, Moment{16s}, behavior("busy"), true, "why"};
  memory.decided_up_to = 77;
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
