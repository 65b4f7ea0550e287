#include "plugins/email/extra_header.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalehook::email {
namespace {

TEST(ExtraHeader, IsWrittenAsItsKindIs) {
  EXPECT_FALSE(check_header("X-Team", "payments"));
  EXPECT_EQ(extra_header("X-Team", "payments"), "X-Team: payments\r\n");
  EXPECT_FALSE(check_header("List-Id", "Scaling <scaling.example.org>"));
  EXPECT_EQ(extra_header("X-Ort", "Zürich"), "X-Ort: =?UTF-8?B?WsO8cmljaA==?=\r\n");
  EXPECT_FALSE(check_header("Reply-To", "Büro <office@example.org>"));
  EXPECT_EQ(extra_header("Reply-To", "Büro <office@example.org>"),
            "Reply-To: =?UTF-8?B?QsO8cm8=?=\r\n <office@example.org>\r\n");
}

TEST(ExtraHeader, OfAsciiIsFoldedAtItsSpacesAndNeverEncoded) {
  const auto url = "<https://example.org/" + std::string(80, 'u') + '>';
  const auto mail = "<mailto:leave@example.org?subject==?x?=>,";
  for (const std::string name : {"List-Unsubscribe", "X-Way"}) {
    EXPECT_FALSE(check_header(name, url));
    EXPECT_EQ(extra_header(name, url), name + ": " + url + "\r\n");
    EXPECT_EQ(extra_header(name, "<mailto:leave@example.org>, " + url),
              name + ": <mailto:leave@example.org>,\r\n " + url + "\r\n");
  }
  EXPECT_EQ(extra_header("List-Unsubscribe", mail + (' ' + url)),
            std::string("List-Unsubscribe: ") + mail + "\r\n " + url + "\r\n");
  EXPECT_EQ(extra_header("X-Looks", "=?UTF-8?B?eA==?="),
            "X-Looks: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=\r\n");
}

TEST(ExtraHeader, OfAMailingListIsAscii) {
  EXPECT_TRUE(check_header("List-Id", "Läden <shops.example.org>"));
  EXPECT_TRUE(check_header("list-unsubscribe", "<https://example.org/ü>"));
  EXPECT_FALSE(check_header("X-List", "Läden"));
}

TEST(ExtraHeader, FitsALine) {
  for (const std::string name : {"X-A", "X-Another-Name"}) {
    std::string value(998 - name.size() - 2, 'x');
    EXPECT_FALSE(check_header(name, value));
    EXPECT_EQ(extra_header(name, value).size(), 1000U);  // with its CRLF
    value += 'x';
    EXPECT_TRUE(check_header(name, value));
  }
}

TEST(ExtraHeader, NamesThatAreNoneAreRefused) {
  const std::string long_name(65, 'x');
  for (const std::string& name : {std::string(), std::string("X Y"), std::string("X:Y"),
                                  std::string("X\r\nBcc"), std::string("Ü"), long_name}) {
    EXPECT_TRUE(check_header(name, "x")) << name;
  }
}

TEST(ExtraHeader, AMailsOwnAreRefused) {
  for (const auto* name :
       {"Date", "FROM", "to", "Cc", "bcc", "Subject", "Message-Id", "References", "In-Reply-To",
        "Auto-Submitted", "MIME-Version", "Content-Type", "content-disposition", "Resent-To",
        "Received", "Return-Path", "Delivered-To"}) {
    EXPECT_TRUE(check_header(name, "x@example.org")) << name;
  }
}

TEST(ExtraHeader, ValuesThatLeaveTheirLineOrAreNoMailboxAreRefused) {
  for (const std::string& value :
       {std::string(), std::string("  "), std::string("a\r\nBcc: b@example.org"),
        std::string("a\nb"), std::string("\xFF"), std::string("a\u2028b")}) {
    EXPECT_TRUE(check_header("X-Team", value)) << value;
  }
  EXPECT_TRUE(check_header("Reply-To", "nobody"));
  EXPECT_TRUE(check_header("reply-to", "büro@example.org"));
}

}  // namespace
}  // namespace scalehook::email
