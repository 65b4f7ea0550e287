#include "plugins/email/headline.hpp"

#include <gtest/gtest.h>

#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

Event refused() {
  auto one = event();
  one.kind = "refused";
  one.reason = "hpa-owns";
  one.to = one.from;
  one.explanation = "an HPA scales it";
  return one;
}

Event failed() {
  auto one = event();
  one.kind = one.reason = "failed";
  one.explanation = "write: the API server answered 500";
  return one;
}

// An alert that names no workload.
Event turned_away() {
  auto one = refused();
  one.reason = "no-target";
  one.explanation = "the alert has no label \"deployment\"";
  one.target_text.clear();
  one.from.reset();
  one.to.reset();
  return one;
}

Alert alert(std::string name, std::string status) {
  Alert one;
  one.status = std::move(status);
  if (!name.empty()) one.labels["alertname"] = std::move(name);
  return one;
}

TEST(Headline, SaysWhatHappenedAndWhy) {
  auto one = event();
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3 (CheckoutQueue firing)");
  one.dry_run = true;
  EXPECT_EQ(headline(one), "deployment shop/checkout: dry run, 2 -> 3 (CheckoutQueue firing)");
  EXPECT_EQ(
      headline(failed()),
      "deployment shop/checkout: failed, not scaled 2 -> 3: write: the API server answered 500");
  EXPECT_EQ(headline(refused()), "deployment shop/checkout: refused, stays at 2: an HPA scales it");
  one = event();
  one.kind = "unchanged";
  one.reason = "at-max";
  one.to = one.from;
  one.explanation = "max is 2";
  EXPECT_EQ(headline(one), "deployment shop/checkout: stays at 2: max is 2");
  one.explanation.clear();
  EXPECT_EQ(headline(one), "deployment shop/checkout: stays at 2 (at-max)");
}

TEST(Headline, OfNoWorkloadNamesTheAlert) {
  auto one = turned_away();
  EXPECT_EQ(headline(one), "alert CheckoutQueue: refused: the alert has no label \"deployment\"");
  one.alerts.clear();
  one.explanation.clear();
  EXPECT_EQ(headline(one), "no workload: refused (no-target)");
}

TEST(Headline, NamesTheAlertsBehindAScaling) {
  auto one = event();
  one.alerts = {alert("A", "firing"), alert("B", "resolved"), alert("A", "firing")};
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3 (A firing; B resolved)");
  one.alerts = {alert("A", "resolved"), alert("B", "resolved"), alert("C", "resolved"),
                alert("D", "resolved")};
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3 (A, B and 2 more resolved)");
  one.alerts = {alert("", "firing")};
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3 ((no alertname) firing)");
  one.alerts.clear();
  one.explanation = "a further step";
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3: a further step");
}

TEST(Headline, OfSeveralCountsThemAndNamesEachWorkloadOnceTheWorstFirst) {
  auto events = burst();
  EXPECT_EQ(headline(events),
            "3 decisions, 1 failed, 1 refused: statefulset shop/db failed, deployment shop/cart "
            "refused, deployment shop/checkout 2 -> 3");
  EXPECT_EQ(headline(std::span(events).first(1)), headline(events.front()));
  events[1].target_text = events[2].target_text;
  EXPECT_EQ(headline(events),
            "3 decisions, 1 failed, 1 refused: statefulset shop/db failed, deployment "
            "shop/checkout 2 -> 3");
}

TEST(Headline, OfSeveralHasAWorkloadsWholeWay) {
  std::vector<Event> events(3, event());
  for (auto& each : events) each.from = *each.from + (&each - events.data());
  for (auto& each : events) each.to = *each.from + 1;
  EXPECT_EQ(headline(events), "3 changes: deployment shop/checkout 2 -> 5");
  events[2].to = 2;
  EXPECT_EQ(headline(events), "3 changes: deployment shop/checkout back at 2");
  for (auto& each : events) each.dry_run = true;
  EXPECT_EQ(headline(events), "3 decisions: deployment shop/checkout dry run");
  for (auto& each : events) {
    each.dry_run = false;
    each.kind = "unchanged";
    each.to = each.from = 10;
  }
  EXPECT_EQ(headline(events), "3 decisions: deployment shop/checkout stays at 10");
}

TEST(Brief, IsTheHeadlineWithItsReasonInAWord) {
  EXPECT_EQ(brief(event()), "deployment shop/checkout: 2 -> 3");
  EXPECT_EQ(brief(failed()), "deployment shop/checkout: failed, not scaled 2 -> 3");
  EXPECT_EQ(brief(refused()), "deployment shop/checkout: refused, stays at 2 (hpa-owns)");
  EXPECT_EQ(brief(turned_away()), "alert CheckoutQueue: refused (no-target)");
}

TEST(Sentence, ADryRunARefusalAndAFailureDoNotClaimToHaveScaled) {
  auto one = event();
  EXPECT_EQ(sentence(one), "deployment shop/checkout went from 2 to 3 replicas.");
  one.dry_run = true;
  EXPECT_EQ(sentence(one), "deployment shop/checkout would go from 2 to 3 replicas (dry run).");
  one = failed();
  EXPECT_EQ(sentence(one), "Scaling deployment shop/checkout from 2 to 3 replicas failed.");
  one.to = one.from = 1;
  EXPECT_EQ(sentence(one), "Scaling deployment shop/checkout failed; it has 1 replica.");
  one.from.reset();
  EXPECT_EQ(sentence(one), "Scaling deployment shop/checkout failed.");
  EXPECT_EQ(sentence(refused()),
            "Scaling deployment shop/checkout was refused; it stays at 2 replicas.");
  one = event();
  one.kind = "unchanged";
  one.to = one.from;
  EXPECT_EQ(sentence(one), "deployment shop/checkout stays at 2 replicas.");
  EXPECT_EQ(sentence(turned_away()), "Alert CheckoutQueue was turned away: nothing was scaled.");
}

}  // namespace
}  // namespace scalehook::email
