#include "core/alert/value.hpp"

#include <gtest/gtest.h>

namespace scalehook::alert {
namespace {

TEST(Value, ReadsFloatsAsGoPrintsThem) {
  EXPECT_EQ(parse_value("35"), 35.0);
  EXPECT_EQ(parse_value("4e+06"), 4e6);
  EXPECT_EQ(parse_value("0.5"), 0.5);
  EXPECT_EQ(parse_value("+12"), 12.0);
  EXPECT_EQ(parse_value("0"), 0.0);
  EXPECT_EQ(parse_value("-0"), 0.0);
}

TEST(Value, RefusesWhatNothingCanBeScaledBy) {
  for (const char* text : {"", "NaN", "+Inf", "-Inf", "Inf", "-1", "1.2k", "35 ", " 35", "0x10",
                           "++1", "+-1", "--1", "1e999"}) {
    EXPECT_FALSE(parse_value(text)) << text;
  }
}

TEST(Value, AnnotationComesBeforeLabel) {
  Alert alert;
  EXPECT_EQ(value_text(alert), nullptr);
  alert.labels["value"] = "1";
  EXPECT_EQ(*value_text(alert), "1");
  alert.annotations["value"] = "2";
  EXPECT_EQ(*value_text(alert), "2");
  alert.annotations["value"] = "";
  EXPECT_EQ(*value_text(alert), "1") << "an empty annotation is an absent one";
}

}  // namespace
}  // namespace scalehook::alert
