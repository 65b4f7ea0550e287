#include "plugins/email/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalehook::email {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Mailbox, IsReadWithAndWithoutAName) {
  const auto bare = parse_mailbox("ops@example.org");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->name, "");
  EXPECT_EQ(bare->address, "ops@example.org");
  EXPECT_EQ(domain(*bare), "example.org");

  const auto named = parse_mailbox("On call <ops+shop@mail.example.org>");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->name, "On call");
  EXPECT_EQ(named->address, "ops+shop@mail.example.org");

  const auto quoted = parse_mailbox(R"("Doe, \"J\"" <j@example.org>)");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->name, "Doe, \"J\"");
}

TEST(Mailbox, WhatCouldLeaveAnSmtpCommandIsRefused) {
  for (const std::string text : {"",
                                 "ops",
                                 "@example.org",
                                 "ops@",
                                 "a b@example.org",
                                 "ops@exam ple.org",
                                 "ops@example.org\r\nRCPT TO:<x@y>",
                                 "<ops@example.org",
                                 "ops@example.org>",
                                 "ops@@example.org",
                                 "a@b>c@d",
                                 "Ops <ops@example.org> <x@y.org>x",
                                 "ops@exam\u2028ple.org",
                                 "ops\xFF@example.org",
                                 "ops\u200B@example.org",
                                 "ops@ex_\u00E4mple.org",
                                 "ops@\u2488example.org",
                                 ".ops@example.org",
                                 "o..ps@example.org",
                                 "a@example.org,b@example.org",
                                 "\"o ps\"@example.org",
                                 "Eve\r\nBcc: x@example.org <eve@example.org>",
                                 "Ops <ops@example.org> <x@y.org>",
                                 "Name <>"}) {
    const auto mailbox = parse_mailbox(text);
    ASSERT_FALSE(mailbox) << text << " became " << mailbox->address;
    EXPECT_EQ(mailbox.error().status, status::invalid);
    EXPECT_THAT(mailbox.error().explanation, HasSubstr("local@domain"));
    EXPECT_EQ(mailbox.error().explanation.find('\n'), std::string::npos);
  }
}

TEST(Mailbox, IsNoLongerThanAServerMustTake) {  // RFC 5321, section 4.5.3.1
  const auto local = [](std::size_t size) { return std::string(size, 'l') + "@example.org"; };
  EXPECT_TRUE(parse_mailbox(local(64)));
  EXPECT_FALSE(parse_mailbox(local(65)));
  const auto host = [](std::size_t size) { return "ops@" + std::string(size - 4, 'h'); };
  EXPECT_TRUE(parse_mailbox(host(254)));
  EXPECT_FALSE(parse_mailbox(host(255)));
}

TEST(Mailbox, IsOfAnyScript) {
  const auto domain_only = parse_mailbox("ops@exämple.org");
  ASSERT_TRUE(domain_only);
  EXPECT_EQ(domain_only->address, "ops@xn--exmple-cua.org");
  EXPECT_FALSE(needs_smtputf8(domain_only->address));

  const auto both = parse_mailbox("Büro <büro@Bücher.example>");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->address, "büro@xn--bcher-kva.example");
  EXPECT_TRUE(needs_smtputf8(both->address));
  EXPECT_EQ(address_header("To", {*both}),
            "To: =?UTF-8?B?QsO8cm8=?=\r\n <büro@xn--bcher-kva.example>\r\n");
}

TEST(AddressHeader, HasOneMailboxALine) {
  EXPECT_EQ(address_header("To", {{"", "a@example.org"}, {"B \"x\\", "b@example.org"}}),
            "To: a@example.org,\r\n \"B \\\"x\\\\\"\r\n <b@example.org>\r\n");
  EXPECT_THAT(address_header("To", {{"Bereitschaft Süd", "s@example.org"}}),
              StartsWith("To: =?UTF-8?B?"));
}

}  // namespace
}  // namespace scalehook::email
