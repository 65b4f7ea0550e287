#include "core/telemetry/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace scalehook::log {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class Log : public ::testing::Test {
 protected:
  template <typename Write>
  static std::string captured(Write write) {
    ::testing::internal::CaptureStderr();
    write();
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_F(Log, LogfmtLineHasTimeLevelMessageAndFields) {
  setup(Level::info, Format::logfmt);
  const auto line = captured([] {
    warn("plugin refused", {{"path", "/x.so"}, {"tries", 3}, {"ok", false}, {"load", 0.5}});
  });
  EXPECT_THAT(line, MatchesRegex("ts=....-..-..T..:..:......Z .*"));
  EXPECT_THAT(line,
              EndsWith("level=warn msg=\"plugin refused\" path=/x.so tries=3 ok=false load=0.5\n"));
}

TEST_F(Log, NoValueForgesALine) {
  setup(Level::info, Format::logfmt);
  const auto line = captured([] {
    info("alert",
         {{"name", "a\nlevel=error"}, {"bytes", "\xff\x1b[0m"}, {"none", ""}, {"q", "a\"b\\"}});
  });
  EXPECT_THAT(line, EndsWith(R"(name="a\nlevel=error" bytes="\ufffd\u001b[0m" none="" q="a\"b\\")"
                             "\n"));
}

TEST_F(Log, JsonLineIsOneJsonObject) {
  setup(Level::debug, Format::json);
  const auto line = captured([] {
    debug("gr\xc3\xbc\xc3\x9f \"dich\"\n", {{"replicas", 4}, {"dry_run", true}, {"bad", "\xc3("}});
  });
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("level").as_string(), "debug");
  EXPECT_EQ(object.at("msg").as_string(), "gr\xc3\xbc\xc3\x9f \"dich\"\n");
  EXPECT_EQ(object.at("replicas").as_int64(), 4);
  EXPECT_EQ(object.at("dry_run").as_bool(), true);
  EXPECT_EQ(object.at("bad").as_string(), "\xef\xbf\xbd(");
}

TEST_F(Log, JsonHasNoNanNumbers) {
  setup(Level::info, Format::json);
  const auto line = captured([] { info("x", {{"value", std::stod("nan")}}); });
  EXPECT_TRUE(boost::json::parse(line).at("value").is_string());
}

TEST_F(Log, LevelsBelowAreSilent) {
  setup(Level::error, Format::logfmt);
  EXPECT_THAT(captured([] { warn("x"); }), IsEmpty());
  EXPECT_THAT(captured([] { error("x"); }), EndsWith("level=error msg=x\n"));
}

TEST_F(Log, FlagsAreReadAsWritten) {
  EXPECT_EQ(parse_level("warn"), Level::warn);
  EXPECT_EQ(parse_level("WARN"), std::nullopt);
  EXPECT_EQ(parse_format("json"), Format::json);
  EXPECT_EQ(parse_format("text"), std::nullopt);
}

}  // namespace
}  // namespace scalehook::log
