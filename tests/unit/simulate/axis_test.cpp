#include "core/simulate/axis.hpp"

#include <gtest/gtest.h>

#include "core/alert/time.hpp"

namespace scalehook::simulate {
namespace {

TEST(Axis, HasRoundTicks) {
  const struct {
    double lowest, highest, least_step;
    std::vector<double> ticks;
  } rows[] = {
      {0, 44, 0, {0, 10, 20, 30, 40, 50}},
      {3, 7, 1, {0, 2, 4, 6, 8}},
      {0, 2, 1, {0, 1, 2}},
      {-3, 1, 0, {-3, -2, -1, 0, 1}},
      {0, 0, 0, {0, 0.2, 0.4, 0.6, 0.8, 1}},
      {0, 4e6, 0, {0, 1e6, 2e6, 3e6, 4e6}},
  };
  for (const auto& row : rows) {
    const auto axis = value_axis(row.lowest, row.highest, 100, 0, row.least_step);
    ASSERT_EQ(axis.ticks.size(), row.ticks.size()) << row.highest;
    for (std::size_t index = 0; index < row.ticks.size(); ++index) {
      EXPECT_DOUBLE_EQ(axis.ticks[index], row.ticks[index]);
    }
    EXPECT_DOUBLE_EQ(axis(axis.low), 100);
    EXPECT_DOUBLE_EQ(axis(axis.high), 0);
  }
}

TEST(Axis, TimesStandAtWholeMinutesHoursOrDays) {
  const struct {
    const char* start;
    const char* end;
    std::vector<std::string> labels;
  } rows[] = {
      {"2026-03-02T08:00:30Z",
       "2026-03-02T08:05:10Z",
       {"08:00:30", "08:01:00", "08:01:30", "08:02:00", "08:02:30", "08:03:00", "08:03:30",
        "08:04:00", "08:04:30", "08:05:00"}},
      {"2026-03-02T08:10:00Z",
       "2026-03-02T11:10:00Z",
       {"08:15", "08:30", "08:45", "09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30",
        "10:45", "11:00"}},
      {"2026-03-02T20:00:00Z",
       "2026-03-04T04:00:00Z",
       {"21:00", "03-03", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "03-04",
        "03:00"}},
      {"2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z", {"00:00:00"}},
  };
  for (const auto& row : rows) {
    std::vector<std::string> labels;
    for (const auto& tick :
         time_ticks(*alert::parse_time(row.start), *alert::parse_time(row.end))) {
      labels.push_back(tick.label);
    }
    EXPECT_EQ(labels, row.labels) << row.start;
  }
}

}  // namespace
}  // namespace scalehook::simulate
