#include "plugins/log/journal_entry.hpp"

#include <gtest/gtest.h>

namespace scalehook::log {
namespace {

TEST(JournalEntry, IsOneFieldALine) {
  const auto event = parse_event(R"({"kind":"failed","dry_run":true,"alerts":[
      {"status":"firing","labels":{"alertname":"A"}},
      {"status":"firing","labels":{"alertname":"B"}}]})");
  const auto entry = journal_entry(*event, "ops");
  EXPECT_EQ(entry.substr(0, entry.find("SCALEHOOK_EVENT")),
            "MESSAGE=no target\n"
            "MESSAGE_ID=331fcec631764f889be34831a32cfa1b\n"
            "PRIORITY=3\n"
            "SYSLOG_IDENTIFIER=scalehook\n"
            "SCALEHOOK_INSTANCE=ops\n"
            "SCALEHOOK_KIND=failed\n"
            "SCALEHOOK_DRY_RUN=true\n"
            "SCALEHOOK_FIRING=A\n"
            "SCALEHOOK_FIRING=B\n");
  EXPECT_TRUE(entry.ends_with("SCALEHOOK_EVENT=" + event->json + '\n'));
}

TEST(JournalEntry, AValueWithALineEndComesWithItsSize) {
  const auto entry = journal_entry(*parse_event(R"({"rule": "a\nMESSAGE=b"})"), "ops");
  const std::string_view expected("SCALEHOOK_RULE\n\x0B\0\0\0\0\0\0\0a\nMESSAGE=b\n", 35);
  EXPECT_NE(entry.find(expected), std::string::npos);
}

}  // namespace
}  // namespace scalehook::log
