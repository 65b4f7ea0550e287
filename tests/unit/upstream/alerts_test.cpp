#include "core/upstream/alerts.hpp"

#include <gmock/gmock.h>

#include "core/alert/time.hpp"
#include "tests/unit/upstream/payload.hpp"

namespace scalehook::upstream {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const alert::Time now = *alert::parse_time("2026-11-24T12:00:00Z");
const alert::Labels series{{"alertname", "TooManyTasks"}, {"deployment", "test"}};

KnownAlert known(State state, const char* value = nullptr) {
  KnownAlert result{series, state, now, {}, {}};
  if (value != nullptr) result.labels["value"] = value;
  return result;
}

Instance up(std::chrono::seconds since, std::vector<KnownAlert> alerts = {}) {
  Instance instance;
  instance.reachable = true;
  instance.up_since = now - since;
  instance.alerts = std::move(alerts);
  return instance;
}

TEST(Alerts, AreReadAsAlertmanagerAnswersThem) {
  const auto alerts = parse_alerts(payload("alertmanager-alerts.json"));
  ASSERT_TRUE(alerts) << alerts.error();
  ASSERT_EQ(alerts->size(), 4);

  const KnownAlert& busy = alerts->at(1);
  EXPECT_EQ(busy.labels, (alert::Labels{{"alertname", "TooManyTasks"},
                                        {"deployment", "busy"},
                                        {"trigger", "hpa"},
                                        {"value", "35"}}));
  EXPECT_EQ(busy.state, State::active);
  EXPECT_EQ(busy.starts_at, alert::parse_time("2026-11-23T23:57:40.774Z"));
  EXPECT_THAT(busy.silenced_by, IsEmpty());
  EXPECT_FALSE(busy.annotations.empty());
  EXPECT_FALSE(busy.generator_url.empty());
  EXPECT_FALSE(busy.fingerprint.empty());
  EXPECT_THAT(busy.receivers, ElementsAre("none"));
  EXPECT_THAT(busy.inhibited_by, IsEmpty());

  const KnownAlert& inhibited = alerts->at(2);
  EXPECT_EQ(inhibited.state, State::suppressed);
  EXPECT_THAT(inhibited.inhibited_by, ElementsAre("742c897e4d56c4b4"));
  const KnownAlert& silenced = alerts->at(3);
  EXPECT_EQ(silenced.state, State::suppressed);
  EXPECT_THAT(silenced.silenced_by, ElementsAre("0daffdf5-f32a-4f2d-808f-a8b61c8ae33f"));
}

TEST(Alerts, NeedNoMoreThanWhatTheyAreToldApartBy) {
  const auto alerts = parse_alerts(R"([{"labels": {"alertname": "Busy"}, "startsAt":
      "2026-11-23T23:57:40.774Z", "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}}])");
  ASSERT_TRUE(alerts) << alerts.error();
  EXPECT_EQ(alerts->at(0).generator_url, "");
  EXPECT_THAT(alerts->at(0).receivers, IsEmpty());
}

TEST(Alerts, KnowWhenAlertmanagerStarted) {
  const auto uptime = parse_uptime(payload("alertmanager-status.json"));
  ASSERT_TRUE(uptime) << uptime.error();
  EXPECT_EQ(*uptime, alert::parse_time("2026-11-23T23:58:40.811Z"));
}

TEST(Alerts, RefuseWhatAlertmanagerWouldNotAnswer) {
  for (const char* body :
       {"", "<html>", "{}", "[1]", "[{}]", R"([{"labels": {}, "status": {}}])",
        R"([{"labels": {"a": 1}, "status": {"state": "active", "silencedBy": [],
             "inhibitedBy": []}, "startsAt": "2026-11-23T23:57:40Z"}])",
        R"([{"labels": {"a": "b"}, "status": {"state": "asleep", "silencedBy": [],
             "inhibitedBy": []}, "startsAt": "2026-11-23T23:57:40Z"}])",
        R"([{"labels": {"a": "b"}, "status": {"state": "active", "silencedBy": [],
             "inhibitedBy": []}, "startsAt": "yesterday"}])"}) {
    const auto alerts = parse_alerts(body);
    ASSERT_FALSE(alerts) << body;
    EXPECT_THAT(alerts.error(), HasSubstr("not an answer of Alertmanager's"));
  }
  for (const char* body : {"", "[]", "{}", R"({"uptime": 5})", R"({"uptime": "long"})"}) {
    EXPECT_FALSE(parse_uptime(body)) << body;
  }
}

TEST(Standings, FollowFromWhatAllInstancesSay) {
  Instance unreachable;
  unreachable.fault = "http://am2:9093/api/v2/alerts: no answer within 10 s";
  const struct {
    const char* what;
    AlertsAnswer answer;
    Standing standing;
  } rows[] = {
      {"active", {up(1h, {known(State::active)})}, Standing::active},
      {"not yet processed", {up(1h, {known(State::unprocessed)})}, Standing::active},
      {"suppressed", {up(1h, {known(State::suppressed)})}, Standing::suppressed},
      {"with a value as label", {up(1h, {known(State::active, "35")})}, Standing::active},
      {"one value of several is active",
       {up(1h, {known(State::suppressed, "34"), known(State::active, "35"),
                known(State::suppressed, "36")})},
       Standing::active},
      {"active in one of two", {up(1h), up(1h, {known(State::active)})}, Standing::active},
      {"suppressed in one, active in the other",
       {up(1h, {known(State::active)}), up(1h, {known(State::suppressed)})},
       Standing::active},
      {"suppressed in one, unheard of in the other",
       {up(1h, {known(State::suppressed)}), up(1h)},
       Standing::suppressed},
      {"active, the other unreachable",
       {unreachable, up(1h, {known(State::active)})},
       Standing::active},
      {"suppressed, the other unreachable",
       {up(1h, {known(State::suppressed)}), unreachable},
       Standing::suppressed},
      {"active in one that just started", {up(1s, {known(State::active)})}, Standing::active},
      {"gone from both", {up(1h), up(5min)}, Standing::gone},
      {"gone from one, the other too young", {up(1h), up(5min - 1s)}, Standing::unknown},
      {"gone from one, the other unreachable", {up(1h), unreachable}, Standing::unknown},
      {"unreachable", {unreachable}, Standing::unknown},
      {"started in our future", {up(-1h)}, Standing::unknown},
      {"nobody to ask", {}, Standing::unknown},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Standings(row.answer, now).of(series), row.standing) << row.what;
  }
}

TEST(Standings, AreOfExactlyThatSeries) {
  const Standings standings{{up(1h, {known(State::active, "35")})}, now};
  EXPECT_EQ(standings.of(series), Standing::active);
  EXPECT_EQ(standings.of({{"alertname", "TooManyTasks"}}), Standing::gone);
  EXPECT_EQ(standings.of({{"alertname", "TooManyTasks"}, {"deployment", "test"}, {"a", "b"}}),
            Standing::gone);
}

TEST(Standings, SettleWhenAsked) {
  EXPECT_EQ(Standings({up(10s)}, now, 10s).of(series), Standing::gone);
  EXPECT_EQ(Standings({up(10s)}, now, 11s).of(series), Standing::unknown);
}

}  // namespace
}  // namespace scalehook::upstream
