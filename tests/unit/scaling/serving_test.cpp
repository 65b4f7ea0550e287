#include "core/scaling/serving.hpp"

#include <gtest/gtest.h>

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

constexpr Moment start{1h};

Reading ready(std::int64_t count) {
  Reading reading;
  reading.replicas = 10;
  reading.ready = count;
  return reading;
}

TEST(Serving, TheMeanIsOfTheMinuteBeforeTheSample) {
  Memory memory;
  EXPECT_FALSE(mean_serving(memory, start)) << "nothing is known";
  note_serving(memory, ready(2), start);
  EXPECT_EQ(mean_serving(memory, start), 2);
  EXPECT_EQ(mean_serving(memory, start - 10min), 2) << "as before it was first read";
  note_serving(memory, ready(4), start + 30s);
  EXPECT_EQ(mean_serving(memory, start + 30s), 2);
  EXPECT_EQ(mean_serving(memory, start + 60s), 3);
  EXPECT_EQ(mean_serving(memory, start + 90s), 4);
  EXPECT_EQ(mean_serving(memory, start + 1h), 4) << "until something else is read";
}

TEST(Serving, WithoutAReadyCountAllServe) {
  Memory memory;
  Reading reading;
  reading.replicas = 7;
  note_serving(memory, reading, start);
  EXPECT_EQ(mean_serving(memory, start + 1s), 7);
}

TEST(Serving, WhatNoSampleSpeaksOfIsForgotten) {
  Memory memory;
  for (int minute = 0; minute < 1000; ++minute) {
    note_serving(memory, ready(minute % 7), start + minute * 1min);
  }
  EXPECT_LE(memory.serving.size(), 62u);
  EXPECT_EQ(mean_serving(memory, start + 999min), 998 % 7);
}

}  // namespace
}  // namespace scalehook::scaling
