#include "plugins/email/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Envelope kEnvelope{{"", "scalehook@example.org"},
                         {{"", "ops@example.org"}},
                         "ops",
                         *Subject::parse(kDefaultSubject)};

std::string compose(const Event& event, const Envelope& envelope) {
  return compose({&event, 1}, envelope, {"ops@example.org"});
}

std::string head(const std::string& mail) { return mail.substr(0, mail.find("\r\n\r\n") + 2); }

TEST(Message, HasTheHeadersOfAMachinesMail) {
  const auto fields = head(compose(event(), kEnvelope));
  EXPECT_THAT(fields, HasSubstr("Date: Mon, 23 Nov 2026 "));
  EXPECT_THAT(fields, HasSubstr("From: scalehook@example.org\r\n"));
  EXPECT_THAT(fields, HasSubstr("To: ops@example.org\r\n"));
  EXPECT_THAT(fields, HasSubstr("Subject: [scalehook] deployment shop/checkout: 2 -> 3"));
  EXPECT_THAT(fields, HasSubstr("Message-ID: <01J_2f7_20_c3_a9.ops@example.org>\r\n"));
  EXPECT_THAT(fields, HasSubstr("In-Reply-To: <episode.1a.ops@example.org>\r\n"));
  EXPECT_THAT(fields, HasSubstr("References: <episode.1a.ops@example.org>\r\n"));
  EXPECT_THAT(fields, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(fields, HasSubstr("MIME-Version: 1.0\r\n"));
  EXPECT_THAT(fields, HasSubstr("Content-Type: multipart/alternative; boundary=\""));
}

TEST(Message, OfSeveralEventsIsDatedAsTheLast) {
  auto events = burst();
  const auto last = compose(events.back(), kEnvelope);
  EXPECT_THAT(compose(events, kEnvelope, {"ops@example.org"}),
              HasSubstr(last.substr(0, last.find("\r\n"))));
}

TEST(Message, NamesAddressesBeyondAsciiOnlyWhereSmtputf8IsAskedFor) {
  auto both = kEnvelope;
  both.to.push_back({"Jürgen", "jürgen@example.org"});
  const auto one = event();
  EXPECT_THAT(head(compose({&one, 1}, both, {"ops@example.org", "jürgen@example.org"})),
              HasSubstr("To: ops@example.org,\r\n =?UTF-8?B?SsO8cmdlbg==?=\r\n <jürgen@"));
  EXPECT_THAT(head(compose({&one, 1}, both, {"jürgen@example.org"})), HasSubstr("To: ops@"));
  const auto plain = compose({&one, 1}, both, {"ops@example.org"});
  EXPECT_THAT(head(plain), HasSubstr("To: ops@example.org\r\nSubject"));
  EXPECT_TRUE(std::ranges::all_of(plain, [](unsigned char c) { return c < 0x80; }));
  both.from.address = "büro@example.org";
  EXPECT_THAT(head(compose({&one, 1}, both, {"ops@example.org"})), HasSubstr("<jürgen@"));
}

TEST(Message, HasTheHeadersOfTheSettingsAndAThreadUnlessSaidOtherwise) {
  auto other = kEnvelope;
  other.threading = false;
  other.headers = {{"X-Team", "payments"}, {"Reply-To", "Office <office@example.org>"}};
  const auto fields = head(compose(event(), other));
  EXPECT_THAT(fields, Not(HasSubstr("References")));
  EXPECT_THAT(fields, Not(HasSubstr("In-Reply-To")));
  EXPECT_THAT(fields, HasSubstr("\r\nX-Team: payments\r\n"));
  EXPECT_THAT(fields, HasSubstr("\r\nReply-To: \"Office\"\r\n <office@example.org>\r\n"));
}

TEST(Message, EveryLineEndsWithCrlfAndIsShort) {
  const auto text = compose(event(), kEnvelope);
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    ASSERT_THAT(line, EndsWith("\r"));
    EXPECT_LE(line.size(), 77U);
    EXPECT_EQ(line.find('\r'), line.size() - 1);
  }
}

TEST(Message, TakesTwoHundredKibibytesAtMostAndTellsOfAnAlertAtLeast) {
  for (auto& one : huge_of_each_kind()) {
    const auto alone = compose(one, kEnvelope);
    EXPECT_LT(alone.size(), 200U * 1024);
    EXPECT_NE(alone.find("\r\n    l"), std::string::npos);  // one of its labels, as text
    one.alerts.resize(2);
    EXPECT_LT(compose(std::vector<Event>(100, one), kEnvelope, {}).size(), 200U * 1024);
  }
}

TEST(Message, IsTheSameOnRedeliveryAndAnotherForAnotherNotifier) {
  EXPECT_EQ(compose(event(), kEnvelope), compose(event(), kEnvelope));
  auto other = kEnvelope;
  other.instance = "managers";
  EXPECT_NE(compose(event(), kEnvelope), compose(event(), other));
}

TEST(Message, NothingOfAnEventBeginsAHeaderOrAPart) {
  const auto text = compose(
      event_of("x\r\nBcc: victim@example.org\r\n\r\n--=_scalehook_part--\r\n<html>"), kEnvelope);
  EXPECT_THAT(head(text), Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(head(text), EndsWith("boundary=\"=_scalehook_part\"\r\n"));
  std::size_t boundaries = 0;
  for (auto at = text.find("\r\n--=_scalehook_part"); at != std::string::npos;
       at = text.find("\r\n--=_scalehook_part", at + 1)) {
    ++boundaries;
  }
  EXPECT_EQ(boundaries, 3U);  // of two parts
}

}  // namespace
}  // namespace scalehook::email
