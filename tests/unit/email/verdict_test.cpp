#include "plugins/email/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalehook::email {
namespace {

using ::testing::HasSubstr;
using End = Attempt::End;

Relay relay() {
  Relay one;
  one.smarthost = "smtp.example.org:587";
  return one;
}

failure judged(const Attempt& attempt) {
  auto result = judge(attempt, relay());
  EXPECT_FALSE(result);
  EXPECT_THAT(result.error().explanation, HasSubstr("smtp.example.org:587"));
  return result.error();
}

Attempt after(End end, std::string stage, Reply reply) {
  Attempt attempt;
  attempt.end = end;
  attempt.stage = std::move(stage);
  attempt.reply = std::move(reply);
  attempt.detail = "what libcurl says";
  return attempt;
}

TEST(Verdict, AllRecipientsIsDone) {
  auto attempt = after(End::sent, "DATA", {250, "queued as 7"});
  attempt.accepted = {"a@example.org"};
  const auto result = judge(attempt, relay());
  ASSERT_TRUE(result);
  EXPECT_THAT(result->explanation, HasSubstr("250 queued as 7"));
}

TEST(Verdict, RepliesAreToldApart) {
  struct Row {
    Attempt attempt;
    scalehook::status status;
    const char* code;
  };
  const Row rows[] = {
      {after(End::broken, "", {421, "busy"}), status::retry, "smtp-421"},
      {after(End::broken, "", {554, "no"}), status::failed, "smtp-554"},
      {after(End::broken, "MAIL FROM", {530, "log in"}), status::denied, "smtp-530"},
      {after(End::broken, "MAIL FROM", {550, "no"}), status::failed, "smtp-550"},
      {after(End::broken, "MAIL FROM", {552, "too large"}), status::invalid, "smtp-552"},
      {after(End::broken, "MAIL FROM", {452, "disk full"}), status::retry, "smtp-452"},
      {after(End::broken, "RCPT TO", {552, "mailbox full"}), status::failed, "smtp-552"},
      {after(End::broken, "DATA", {451, "later"}), status::retry, "smtp-451"},
      {after(End::broken, "DATA", {554, "spam"}), status::invalid, "smtp-554"},
      {after(End::broken, "DATA", {354, "go on"}), status::retry, "smtp-protocol"},
      {after(End::login, "AUTH", {535, "bad"}), status::denied, "smtp-535"},
      {after(End::login, "AUTH", {454, "later"}), status::retry, "smtp-454"},
      {after(End::login, "EHLO", {250, "ok"}), status::denied, "auth"},
      {after(End::no_tls, "EHLO", {250, "ok"}), status::failed, "tls-not-offered"},
      {after(End::no_tls, "STARTTLS", {454, "later"}), status::retry, "smtp-454"},
      {after(End::certificate, "STARTTLS", {220, "go"}), status::failed, "tls-certificate"},
      {after(End::handshake, "STARTTLS", {220, "go"}), status::retry, "tls-handshake"},
      {after(End::ca_file, "", {}), status::failed, "tls-ca-file"},
      {after(End::no_smtputf8, "MAIL FROM", {}), status::failed, "smtputf8-not-offered"},
      {after(End::unresolved, "", {}), status::retry, "resolve"},
      {after(End::unreachable, "", {}), status::retry, "connect"},
      {after(End::timeout, "DATA", {}), status::retry, "timeout"},
  };
  for (const auto& row : rows) {
    const auto fault = judged(row.attempt);
    EXPECT_EQ(fault.code, row.code) << fault.explanation;
    EXPECT_EQ(fault.status, row.status) << fault.explanation;
  }
  EXPECT_EQ(judged(after(End::cancelled, "", {})).status, status::cancelled);
}

TEST(Verdict, OfALoginThatWasNotTriedDoesNotBlameTheCredentials) {
  EXPECT_THAT(judged(after(End::login, "EHLO", {250, "ok"})).explanation,
              HasSubstr("AUTH PLAIN or LOGIN"));
  EXPECT_THAT(judged(after(End::login, "AUTH", {535, "bad"})).explanation,
              HasSubstr("535 bad; see /username and /password_file"));
}

TEST(Verdict, AServerThatSaysGoodbyeIsQuoted) {
  auto attempt = after(End::broken, "DATA", {});
  attempt.farewell = {421, "shutting down"};
  const auto fault = judged(attempt);
  EXPECT_EQ(fault.code, "smtp-421");
  EXPECT_EQ(fault.status, status::retry);
  EXPECT_THAT(fault.explanation, HasSubstr("broke after DATA: 421 shutting down"));
}

TEST(Verdict, WhatSpeaksNoSmtpIsQuoted) {
  for (const auto end : {End::timeout, End::broken}) {
    EXPECT_THAT(judged(after(end, "", {0, "* OK IMAP4 ready"})).explanation,
                HasSubstr("it says \"* OK IMAP4 ready\", which is no SMTP"));
    EXPECT_EQ(judged(after(end, "", {})).explanation.find("no SMTP"), std::string::npos);
  }
}

TEST(Verdict, SomeRecipientsIsNoSuccessAndNamesThem) {
  auto attempt = after(End::sent, "DATA", {250, "ok"});
  attempt.accepted = {"a@example.org", "b@example.org"};
  attempt.refused = {{"c@example.org", {550, "no such user"}}};
  auto fault = judged(attempt);
  EXPECT_EQ(fault.status, status::failed);
  EXPECT_EQ(fault.code, "recipients-refused");
  EXPECT_THAT(fault.explanation, HasSubstr("for a@example.org, b@example.org but not for "
                                           "c@example.org: 550 no such user"));

  attempt.refused.push_back({"d@example.org", {451, "greylisted"}});
  fault = judged(attempt);
  EXPECT_EQ(fault.status, status::retry);
  EXPECT_EQ(fault.code, "recipients-deferred");
}

TEST(Verdict, NoRecipient) {
  auto attempt = after(End::broken, "RCPT TO", {550, "no"});
  attempt.refused = {{"c@example.org", {451, "later"}}, {"d@example.org", {550, "no"}}};
  EXPECT_EQ(judged(attempt).status, status::retry);
  attempt.refused.erase(attempt.refused.begin());
  EXPECT_EQ(judged(attempt).code, "smtp-550");
  EXPECT_EQ(judged(attempt).status, status::failed);
  attempt.refused.front().second.code = 530;
  EXPECT_EQ(judged(attempt).status, status::denied);
  attempt.refused.front().second.code = 550;
  EXPECT_THAT(judged(attempt).explanation,
              HasSubstr("did not take the mail for d@example.org: 550 no; correct /to in the "
                        "notifier's settings, or log in"));
}

}  // namespace
}  // namespace scalehook::email
