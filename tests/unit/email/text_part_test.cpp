#include "plugins/email/text_part.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text(const Event& event) { return text_part({&event, 1}); }

TEST(TextPart, SaysWhichWorkloadFromHowManyToHowManyAndWhy) {
  const auto told = text(event());
  EXPECT_TRUE(told.starts_with("deployment shop/checkout went from 2 to 3 replicas.\n")) << told;
  EXPECT_THAT(told,
              HasSubstr("Why:          CheckoutQueue fires with value 37, and the rule adds 1"));
  EXPECT_THAT(told, HasSubstr("Rule:         checkout-queue\n"));
  EXPECT_THAT(told, HasSubstr("Reason:       applied\n"));
  EXPECT_THAT(told, HasSubstr("firing: CheckoutQueue\n"));
  EXPECT_THAT(told, HasSubstr("    trigger: hpa\n"));
  EXPECT_THAT(told, HasSubstr("    summary: Queue is long\n"));
  EXPECT_THAT(told, HasSubstr("http://prometheus:9090/graph?g0.expr=a"));
  EXPECT_THAT(told, HasSubstr("http://alertmanager:9093"));
}

TEST(TextPart, OfSeveralListsThemFirst) {
  const auto told = text_part(burst());
  EXPECT_TRUE(
      told.starts_with("3 decisions, 1 failed, 1 refused:\n\n"
                       "  deployment shop/checkout: 2 -> 3\n"
                       "  deployment shop/cart: refused, stays at 2 (hpa-owns)\n"
                       "  statefulset shop/db: failed, not scaled 2 -> 3\n"))
      << told;
  EXPECT_THAT(told, HasSubstr("\n3. Scaling statefulset shop/db from 2 to 3 replicas failed.\n"));
}

TEST(TextPart, SaysWhenAnAlertEndedOnceItHas) {
  auto one = event();
  one.alerts.front().ends_at = "2026-11-23T17:06:10Z";
  EXPECT_THAT(text(one), Not(HasSubstr("until:")));
  one.alerts.front().status = "resolved";
  EXPECT_THAT(text(one), HasSubstr("\n  until:      2026-11-23 "));
}

TEST(TextPart, OfALabelThatIsTooLargeHasTheOthers) {
  auto one = event();
  auto& labels = one.alerts.front().labels;
  for (const auto* name : {"a", "b", "c", "d"}) labels[name] = std::string(4000, 'x');
  const auto told = text(one);
  EXPECT_THAT(told, HasSubstr("    trigger: hpa\n"));
  EXPECT_THAT(told, HasSubstr("    and 1 more\n"));
}

TEST(TextPart, LinesOfAnAnnotationCannotPassForOurs) {
  EXPECT_THAT(text(event()), HasSubstr("    description: first\n        second\n        To: x\n"));
  EXPECT_THAT(text(event_of("x\r\nBcc: victim@example.org")), Not(HasSubstr("\nBcc:")));
}

TEST(TextPart, StaysSmallHoweverMuchThereIs) {
  const auto told = text(huge());
  EXPECT_LT(told.size(), 90U * 1024);
  EXPECT_THAT(told, HasSubstr("[…]"));
  EXPECT_THAT(told, HasSubstr(" more alerts\n"));

  auto one = huge();
  one.alerts.resize(4);
  const auto several = text_part(std::vector<Event>(100, one));
  EXPECT_LT(several.size(), 90U * 1024);
  EXPECT_THAT(several, HasSubstr("\nand 3 more alerts\n"));
  EXPECT_THAT(several, HasSubstr("The list above has 98 more.\n"));
}

}  // namespace
}  // namespace scalehook::email
