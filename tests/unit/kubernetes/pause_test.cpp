#include "plugins/kubernetes/pause.hpp"

#include <gmock/gmock.h>

namespace scalehook::kubernetes {
namespace {

using namespace std::chrono;
using ::testing::HasSubstr;

const system_clock::time_point noon = sys_days{year{2026} / 11 / 23} + 12h;

Pause paused(const char* value, const char* until = nullptr) {
  boost::json::object annotations;
  if (value) annotations["scalehook.io/paused"] = value;
  if (until) annotations["scalehook.io/paused-until"] = until;
  return find_pause(annotations, noon);
}

TEST(Pause, HoldsWhatTheAnnotationSays) {
  EXPECT_EQ(paused(nullptr).hold, hold::none);
  EXPECT_EQ(paused("false").hold, hold::none);
  EXPECT_EQ(paused("").hold, hold::none);
  EXPECT_EQ(paused("true").hold, hold::all);
  EXPECT_EQ(paused("in").hold, hold::in);
  EXPECT_EQ(paused("out").hold, hold::out);
  EXPECT_EQ(paused("out").explanation,
            "paused by the annotation scalehook.io/paused (scaling out only)");
}

TEST(Pause, EndsAtItsTime) {
  EXPECT_EQ(paused("true", "2026-11-23T12:00:01Z").hold, hold::all);
  EXPECT_EQ(paused("true", "2026-11-23T12:00:00Z").hold, hold::none);
  EXPECT_EQ(paused("in", "2026-11-23T13:30:00+01:00").hold, hold::in);
  EXPECT_EQ(paused("in", "2026-11-23T12:30:00+01:00").hold, hold::none);
  EXPECT_EQ(paused("true", "9999-12-31T23:59:59Z").hold, hold::all);
  EXPECT_EQ(paused(nullptr, "2026-11-24T00:00:00Z").hold, hold::all);
  EXPECT_EQ(paused("false", "2026-11-24T00:00:00Z").hold, hold::none);
}

TEST(Pause, WhatCannotBeReadHolds) {
  EXPECT_EQ(paused("yes").hold, hold::all);
  EXPECT_THAT(paused("yes").explanation, HasSubstr("\"yes\" is none of"));
  EXPECT_EQ(paused("true", "tomorrow").hold, hold::all);
  EXPECT_THAT(paused("in", "tomorrow").explanation, HasSubstr("not an RFC 3339 time"));
}

}  // namespace
}  // namespace scalehook::kubernetes
