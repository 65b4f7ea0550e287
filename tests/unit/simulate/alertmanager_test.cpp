#include "core/simulate/alertmanager.hpp"

#include <gtest/gtest.h>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

struct Simulated {
  Clock clock{Time{}};
  std::vector<std::string> heard;  // "SECOND GROUP: names"
  Alertmanager alertmanager{clock, {30s, 5min, 1h}, "hook", [this](const auto& notification) {
                              std::string all = std::to_string(clock.now().time_since_epoch() /
                                                               std::chrono::nanoseconds{1s}) +
                                                " " + notification.group_key + ":";
                              for (const auto& alert : notification.alerts) {
                                all += " " + alert.labels.at("name");
                              }
                              EXPECT_EQ(notification.receiver, "hook");
                              heard.push_back(all);
                            }};

  void post(const std::string& alertname, const std::string& name, Time ends_at) {
    alertmanager.post(alertname,
                      {{{{"alertname", alertname}, {"name", name}}, {}, Time{}, ends_at, "u"}});
  }
};

TEST(Alertmanager, EachAlertnameIsAGroup) {
  Simulated simulated;
  simulated.post("A", "1", Time{1h});
  simulated.clock.pass(10s);
  simulated.post("B", "2", Time{1h});
  simulated.clock.pass(25s);
  simulated.post("A", "3", Time{1h});
  simulated.clock.pass(5min);
  EXPECT_EQ(simulated.heard,
            (std::vector<std::string>{"30 {}:{alertname=\"A\"}: 1", "40 {}:{alertname=\"B\"}: 2",
                                      "330 {}:{alertname=\"A\"}: 1 3"}));
}

TEST(Alertmanager, AnswersWhatIsActive) {
  Simulated simulated;
  simulated.post("A", "1", Time{1min});
  simulated.post("A", "2", Time{1h});
  simulated.post("B", "3", Time{1h});
  simulated.clock.pass(2min);
  simulated.post("B", "3", Time{2min});
  const auto answer = simulated.alertmanager.answer();
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_TRUE(upstream::is_settled(answer[0], simulated.clock.now(), 5min));
  ASSERT_EQ(answer[0].alerts.size(), 1U);
  EXPECT_EQ(answer[0].alerts[0].labels.at("name"), "2");
  EXPECT_EQ(answer[0].alerts[0].generator_url, "u");
  EXPECT_EQ(answer[0].alerts[0].receivers, (std::vector<std::string>{"hook"}));
  const upstream::Standings standings{answer, simulated.clock.now()};
  EXPECT_EQ(standings.of({{"alertname", "A"}, {"name", "2"}}), upstream::Standing::active);
  EXPECT_EQ(standings.of({{"alertname", "A"}, {"name", "1"}}), upstream::Standing::gone);
}

}  // namespace
}  // namespace scalehook::simulate
