#include "core/explain/name.hpp"

#include <gmock/gmock.h>

namespace scalehook::explain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<std::string> known{"deployment cart/checkout", "deployment shop/cart",
                                     "deployment shop/checkout", "deployment shop/checkout-old",
                                     "statefulset shop/db"};

TEST(Meant, IsWhatIsWrittenSoOrHasTheNamesPartsOrHasItSomewhere) {
  const auto of = [](std::string_view name) { return meant(known, name); };
  EXPECT_THAT(of("deployment shop/checkout"), ElementsAre("deployment shop/checkout"));
  EXPECT_THAT(of("deployment/shop/checkout"), ElementsAre("deployment shop/checkout"));
  EXPECT_THAT(of("shop/checkout"), ElementsAre("deployment shop/checkout"));
  EXPECT_THAT(of("statefulset/db"), ElementsAre("statefulset shop/db"));
  EXPECT_THAT(of("db"), ElementsAre("statefulset shop/db"));
  EXPECT_THAT(of("cart"), ElementsAre("deployment shop/cart"));  // not the namespace
  EXPECT_THAT(of("checkout"), ElementsAre("deployment cart/checkout", "deployment shop/checkout"));
  EXPECT_THAT(of("-old"), ElementsAre("deployment shop/checkout-old"));
  EXPECT_THAT(of("shop/deployment"), IsEmpty());
  EXPECT_THAT(of("nothing"), IsEmpty());
  EXPECT_THAT(meant({}, "db"), IsEmpty());
}

TEST(LastPart, IsTheWorkloadsOwnName) {
  EXPECT_EQ(last_part("deployment shop/checkout"), "checkout");
  EXPECT_EQ(last_part("checkout"), "checkout");
  EXPECT_EQ(last_part("/"), "");
}

TEST(List, SaysHowManyItLeavesOut) {
  EXPECT_EQ(list({"a", "b"}), "  a\n  b\n");
  EXPECT_EQ(list({"a", "b", "c"}, 1), "  a\n  and 2 more\n");
}

}  // namespace
}  // namespace scalehook::explain
