#include "plugins/kubernetes/event.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace scalehook::kubernetes {
namespace {

const std::chrono::system_clock::time_point time =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::milliseconds{1042};

const Place web{"shop", "web"};

boost::json::value event(const Change& change, const std::string& host = "node-1") {
  return boost::json::parse(
      event_json({"apps", "v1", "Deployment", "deployments"}, change, host, time));
}

TEST(Event, IsWhatTheApiAsksFor) {
  EXPECT_EQ(event({web, "u-1", 2, 3, "CPU is high", {}}), boost::json::parse(R"({
      "apiVersion": "events.k8s.io/v1", "kind": "Event",
      "metadata": {"name": "web.18ea838336afa880", "namespace": "shop"},
      "eventTime": "2026-11-23T00:00:01.042000Z",
      "type": "Normal", "reason": "ScaledOut", "action": "Scale",
      "note": "Scaled out from 2 to 3: CPU is high",
      "reportingController": "scalehook", "reportingInstance": "node-1",
      "regarding": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop",
                    "name": "web", "uid": "u-1"}})"));
}

TEST(Event, SaysTheDirectionAsFarAsItIsKnown) {
  const auto in = event({web, "u-1", 3, 0, "", {}});
  EXPECT_EQ(in.at("reason"), "ScaledIn");
  EXPECT_EQ(in.at("note"), "Scaled in from 3 to 0");
  const auto unknown = event({web, "u-1", std::nullopt, 4, "", {}});
  EXPECT_EQ(unknown.at("reason"), "Scaled");
  EXPECT_EQ(unknown.at("note"), "Scaled to 4");
}

TEST(Event, TellsThatItWasAnAutoscalersMinimum) {
  Change change{web, "u-1", 2, 3, "CPU is high", Autoscaler{.name = "by-cpu", .uid = "h-1"}};
  const auto raised = event(change);
  EXPECT_EQ(raised.at("reason"), "MinReplicasRaised");
  EXPECT_EQ(raised.at("action"), "SetMinReplicas");
  EXPECT_EQ(
      raised.at("note"),
      "Raised minReplicas of the HorizontalPodAutoscaler shop/by-cpu from 2 to 3: CPU is high");
  EXPECT_EQ(raised.at("regarding").at("kind"), "Deployment");
  EXPECT_EQ(raised.at("related"), boost::json::parse(R"({
      "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "namespace": "shop",
      "name": "by-cpu", "uid": "h-1"})"));
  change.to = 1;
  EXPECT_EQ(event(change).at("reason"), "MinReplicasLowered");
  change.from.reset();
  EXPECT_EQ(event(change).at("note"),
            "Set minReplicas of the HorizontalPodAutoscaler shop/by-cpu to 1: CPU is high");
}

TEST(Event, OfWhatIsInNoNamespaceIsWhereTheApiTakesIt) {
  const Resource pool{"example.org", "v1beta1", "Pool", "pools", false};
  const auto told =
      boost::json::parse(event_json(pool, {{"", "big"}, "u-1", 2, 3, "", {}}, "", time));
  EXPECT_EQ(told.at("metadata").at("namespace"), "kube-system");
  EXPECT_EQ(told.at("regarding"), boost::json::parse(R"({
      "apiVersion": "example.org/v1beta1", "kind": "Pool", "name": "big", "uid": "u-1"})"));
}

TEST(Event, KeepsTheApisLimits) {
  std::string name(235, 'n');
  const auto of_long_name = event({{"shop", name + ".long-tail"}, "u-1", 1, 2, "", {}});
  const std::string_view named = of_long_name.at("metadata").at("name").get_string();
  EXPECT_EQ(named.substr(0, 236), name + ".");  // not ".."
  EXPECT_LE(named.size(), 253U);
  const auto longest = event({web, "u-1", 1, 2, std::string(5000, 'x'), {}}, std::string(300, 'h'));
  EXPECT_EQ(longest.at("note").get_string().size(), 1024U);
  EXPECT_LE(longest.at("reportingInstance").get_string().size(), 128U);
  EXPECT_EQ(event({web, "u-1", 1, 2, "", {}}, "").at("reportingInstance"), "unknown");
}

}  // namespace
}  // namespace scalehook::kubernetes
