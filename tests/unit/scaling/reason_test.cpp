#include "core/scaling/reason.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/scaling/policy.hpp"

namespace scalehook::scaling {
namespace {

TEST(Reason, EachHasAnOwnNameThatReadsBack) {
  std::set<std::string_view> names;
  for (int index = 0; index < reason_count; ++index) {
    const auto reason = static_cast<Reason>(index);
    EXPECT_TRUE(names.insert(to_text(reason)).second) << to_text(reason);
    EXPECT_EQ(parse_reason(to_text(reason)), reason);
  }
  EXPECT_EQ(to_text(Reason::applied), "applied");
  EXPECT_EQ(to_text(Reason::hpa_owns), "hpa-owns");
  EXPECT_EQ(to_text(Reason::failed), "failed");
  EXPECT_FALSE(parse_reason("because"));
}

TEST(Action, NamesReadBack) {
  for (const auto action : {Action::scale_out, Action::scale_in, Action::scale_to, Action::hold}) {
    EXPECT_EQ(parse_action(to_text(action)), action);
  }
  EXPECT_FALSE(parse_action("scale-up"));
  EXPECT_FALSE(parse_action(""));
}

}  // namespace
}  // namespace scalehook::scaling
