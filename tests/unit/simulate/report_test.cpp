#include "core/simulate/report.hpp"

#include <gtest/gtest.h>

#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

TEST(Report, NumbersAndDurationsAreShort) {
  EXPECT_EQ(number_text(35), "35");
  EXPECT_EQ(number_text(1.0 / 3), "0.3333");
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(90s), "1m30s");
  EXPECT_EQ(duration_text(26h), "1d2h");
}

TEST(Report, ACsvQuotesWhatNeedsIt) {
  Report report;
  report.timeline.decisions.push_back({.at = {},
                                       .target = "d a",
                                       .rule = "r",
                                       .reason = "applied",
                                       .explanation = "rule \"r\", 3 replicas",
                                       .from = 2,
                                       .to = 3,
                                       .changed = true,
                                       .value = 31.5,
                                       .state = AlertState::firing,
                                       .alerts = {"Busy", "Late"}});
  EXPECT_EQ(as_csv(report),
            "time,target,value,alert,from,to,changed,reason,rule,explanation,alerts\n"
            "1970-01-01T00:00:00.000Z,d a,31.5,firing,2,3,true,applied,r,"
            "\"rule \"\"r\"\", 3 replicas\",Busy Late\n");
}

}  // namespace
}  // namespace scalehook::simulate
