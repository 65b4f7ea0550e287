#include "plugins/email/headline.hpp"

#include <gtest/gtest.h>

#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

TEST(Headline, SaysWhatHappened) {
  auto one = event();
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3 (applied)");
  one.reason = "dry-run";
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3 (dry-run)");
  one.kind = "failed";
  one.reason = "failed";
  EXPECT_EQ(headline(one), "deployment shop/checkout: 2 -> 3 failed");
  one.kind = "refused";
  one.reason = "hpa-owns";
  one.to.reset();
  EXPECT_EQ(headline(one), "deployment shop/checkout: stays at 2 refused (hpa-owns)");
  one.kind = "unchanged";
  one.reason = "at-max";
  EXPECT_EQ(headline(one), "deployment shop/checkout: stays at 2 (at-max)");
  one.kind = "refused";
  one.reason = "no-target";
  one.from.reset();
  one.target_text.clear();
  EXPECT_EQ(headline(one), "no target: refused (no-target)");
}

TEST(Headline, OfSeveralCountsThemAndNamesEachWorkloadOnce) {
  auto events = burst();
  EXPECT_EQ(headline(events),
            "3 decisions, 1 failed, 1 refused: deployment shop/checkout, deployment shop/cart, "
            "statefulset shop/db");
  EXPECT_EQ(headline(std::span(events).first(1)), headline(events.front()));
  events.assign(4, event());
  EXPECT_EQ(headline(events), "4 changes: deployment shop/checkout");
  events[1].dry_run = true;
  EXPECT_EQ(tally(events), "4 decisions");
}

TEST(Sentence, ADryRunAndAFailureDoNotClaimToHaveScaled) {
  auto one = event();
  EXPECT_EQ(sentence(one), "deployment shop/checkout went from 2 to 3 replicas.");
  one.dry_run = true;
  EXPECT_EQ(sentence(one), "deployment shop/checkout would go from 2 to 3 replicas (dry run).");
  one.dry_run = false;
  one.kind = "failed";
  EXPECT_EQ(sentence(one), "deployment shop/checkout has 2 replicas and was not scaled to 3.");
  one.from = 1;
  EXPECT_EQ(sentence(one), "deployment shop/checkout has 1 replica and was not scaled to 3.");
  one.from.reset();
  EXPECT_EQ(sentence(one), "deployment shop/checkout was not scaled (its replicas were not read).");
}

}  // namespace
}  // namespace scalehook::email
