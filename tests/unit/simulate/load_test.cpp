#include "core/simulate/load.hpp"

#include <gtest/gtest.h>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

Time at(std::chrono::seconds seconds) { return Time{seconds}; }

Load load_of(const std::string& text) {
  auto load = Load::read(text, "load.csv");
  EXPECT_TRUE(load) << load.error();
  return *std::move(load);
}

TEST(Load, IsLinearBetweenItsSamples) {
  const auto load = load_of("t,load\n0,100\n60,160\n90,40\n");
  EXPECT_EQ(load.start(), at(0s));
  EXPECT_EQ(load.end(), at(90s));
  EXPECT_DOUBLE_EQ(load.at(at(0s)), 100);
  EXPECT_DOUBLE_EQ(load.at(at(15s)), 115);
  EXPECT_DOUBLE_EQ(load.at(at(60s)), 160);
  EXPECT_DOUBLE_EQ(load.at(at(75s)), 100);
  EXPECT_DOUBLE_EQ(load.at(at(90s)), 40);
}

TEST(Load, GoesOnAsAtItsEnds) {
  const auto load = load_of("0,100\n60,160\n");
  EXPECT_DOUBLE_EQ(load.at(at(-3600s)), 100);
  EXPECT_DOUBLE_EQ(load.at(at(3600s)), 160);
}

TEST(Load, ItsMetricIsTheMeanOfTheLastMinute) {
  const auto load = load_of("0,0\n15,4\n30,8\n45,12\n60,100\n75,100\n");
  EXPECT_DOUBLE_EQ(load.mean(at(0s)), 0);
  EXPECT_DOUBLE_EQ(load.mean(at(15s)), 2);
  EXPECT_DOUBLE_EQ(load.mean(at(30s)), 4);
  EXPECT_DOUBLE_EQ(load.mean(at(45s)), 6);
  EXPECT_DOUBLE_EQ(load.mean(at(60s)), 31);
  EXPECT_DOUBLE_EQ(load.mean(at(75s)), 55);
}

TEST(Load, ALostScrapeLosesTheMetricAndNotTheLoad) {
  const auto load = load_of("t,load\n0,100\n15,\n30,NaN\n45,400\n60,400\n75,\n");
  EXPECT_DOUBLE_EQ(load.at(at(15s)), 200);
  EXPECT_DOUBLE_EQ(load.at(at(30s)), 300);
  EXPECT_DOUBLE_EQ(load.mean(at(45s)), 250);
  EXPECT_DOUBLE_EQ(load.at(at(75s)), 400);
  EXPECT_EQ(load.end(), at(75s));
  const struct {
    std::chrono::seconds time;
    bool measured;
  } rows[] = {{-1s, false}, {0s, true},  {14s, true}, {15s, false}, {29s, false}, {30s, false},
              {44s, false}, {45s, true}, {74s, true}, {75s, false}, {90s, false}};
  for (const auto& row : rows) {
    EXPECT_EQ(load.is_measured(at(row.time)), row.measured) << row.time.count();
  }
}

TEST(Load, ALoadMayBeginWithALostScrape) {
  const auto load = load_of("0,\n15,60\n30,90\n");
  EXPECT_EQ(load.start(), at(0s));
  EXPECT_DOUBLE_EQ(load.at(at(0s)), 60);
  EXPECT_FALSE(load.is_measured(at(0s)));
  EXPECT_TRUE(load.is_measured(at(15s)));
}

TEST(Load, AMistakeIsToldWithItsPlace) {
  const struct {
    const char* text;
    const char* said;
  } rows[] = {
      {"", "load.csv:1: there is no sample"},
      {"t,load\n0,1\n15,many\n", "load.csv:3: \"many\" is no number"},
      {"t,load\n15,1\n0,1\n", "load.csv:3: 0 is not after the line before"},
      {"0,1\n15,-2.5\n",
       "load.csv: the load at 1970-01-01T00:00:15.000Z is -2.5; it must be a number of at least 0"},
      {"0,1\n15,+Inf\n", "load.csv: the load at 1970-01-01T00:00:15.000Z is inf"},
      {"t,load\n0,\n15,\n", "load.csv: there is no load, only empty ones"},
  };
  for (const auto& row : rows) {
    const auto load = Load::read(row.text, "load.csv");
    ASSERT_FALSE(load) << row.text;
    EXPECT_TRUE(load.error().starts_with(row.said)) << load.error();
  }
}

}  // namespace
}  // namespace scalehook::simulate
