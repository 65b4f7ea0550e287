#include "core/dispatch/clock.hpp"

#include <gtest/gtest.h>

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;
using scaling::Moment;

const alert::Time noon{std::chrono::hours{24 * 365 * 56}};

// Rule 29: boot time within a boot, wall time across boots, and never back.
TEST(Clock, GoesOnFromOneStartToTheNext) {
  struct Row {
    const char* what;
    std::chrono::seconds boot, wall;
    const char* boot_id;
    std::chrono::seconds passed;
  };
  const Anchor before{Moment{1000s}, noon, 500s, "one"};
  for (const auto& row : {
           Row{"within a boot", 530s, 30s, "one", 30s},
           Row{"within a boot, the wall clock set forward", 530s, 90000s, "one", 30s},
           Row{"within a boot, the wall clock set back", 530s, -90000s, "one", 30s},
           Row{"across boots", 20s, 3600s, "two", 3600s},
           Row{"across boots, the wall clock set back", 20s, -3600s, "two", 0s},
           Row{"of an unknown boot", 530s, 40s, "", 40s},
       }) {
    const Anchor now{{}, noon + row.wall, row.boot, row.boot_id};
    EXPECT_EQ(go_on(before, now), Moment{1000s + row.passed}) << row.what;
  }
}

TEST(Clock, BeginsWithTheWallTime) {
  EXPECT_EQ(go_on(std::nullopt, {{}, noon, 5s, "one"}).time_since_epoch(), noon.time_since_epoch());
}

TEST(Clock, AnAnchorIsReadAsItWasWritten) {
  const Anchor written{Moment{123456789ns}, noon + 5ns, 77s, "an id"};
  const auto read = parse_anchor(to_json(written));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->moment, written.moment);
  EXPECT_EQ(read->wall, written.wall);
  EXPECT_EQ(read->boot, written.boot);
  EXPECT_EQ(read->boot_id, written.boot_id);
  for (const char* broken : {"", "{}", "[1]", R"({"moment": "soon"})"}) {
    EXPECT_FALSE(parse_anchor(broken)) << broken;
  }
}

TEST(Clock, TheMachineSaysTheSameBootTwice) {
  const auto one = anchor_at(Moment{1s});
  const auto other = anchor_at(Moment{1s});
  EXPECT_FALSE(one.boot_id.empty());
  EXPECT_EQ(one.boot_id, other.boot_id);
  EXPECT_LE(one.boot, other.boot);
}

}  // namespace
}  // namespace scalehook::dispatch
