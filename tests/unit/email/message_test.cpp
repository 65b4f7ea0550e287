#include "plugins/email/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace scalehook::email {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kEvent = R"json({
  "id": "01J/7 é", "time": "2026-11-23T16:06:10.585Z", "kind": "scaled",
  "scaler": "deployment", "target": {"namespace": "shop", "name": "checkout"},
  "target_text": "deployment shop/checkout", "rule": "checkout-queue", "action": "scale-out",
  "from": 2, "to": 3, "direction": "out", "reason": "applied",
  "explanation": "CheckoutQueue fires with value 37, and the rule adds 1 replica",
  "dry_run": false, "external_url": "http://alertmanager:9093",
  "alerts": [{"status": "firing", "labels": {"alertname": "CheckoutQueue", "trigger": "hpa"},
              "annotations": {"summary": "Queue is long", "description": "first\r\nsecond\nTo: x"},
              "starts_at": "2026-11-23T16:06:10.585Z", "fingerprint": "2af6778b02ef882d",
              "generator_url": "http://prometheus:9090/graph?g0.expr=a"}]})json";

Event event(std::string_view json = kEvent) {
  auto parsed = parse_event(json);
  if (!parsed) throw std::runtime_error(parsed.error().explanation);
  return *parsed;
}

const Envelope kEnvelope{{"", "scalehook@example.org"}, {{"", "ops@example.org"}}, "ops"};

TEST(Subject, SaysWhatHappened) {
  auto one = event();
  EXPECT_EQ(subject(one), "[scalehook] deployment shop/checkout: 2 -> 3 (applied)");
  one.reason = "dry-run";
  EXPECT_EQ(subject(one), "[scalehook] deployment shop/checkout: 2 -> 3 (dry-run)");
  one.kind = "failed";
  one.reason = "failed";
  EXPECT_EQ(subject(one), "[scalehook] deployment shop/checkout: 2 -> 3 failed");
  one.kind = "refused";
  one.reason = "hpa-owns";
  one.to.reset();
  EXPECT_EQ(subject(one), "[scalehook] deployment shop/checkout: stays at 2 refused (hpa-owns)");
  one.kind = "unchanged";
  one.reason = "at-max";
  EXPECT_EQ(subject(one), "[scalehook] deployment shop/checkout: stays at 2 (at-max)");
  one.kind = "refused";
  one.reason = "no-target";
  one.from.reset();
  one.target_text.clear();
  EXPECT_EQ(subject(one), "[scalehook] no target: refused (no-target)");
}

TEST(Body, SaysWhichWorkloadFromHowManyToHowManyAndWhy) {
  const auto text = body(event());
  EXPECT_THAT(text, HasSubstr("deployment shop/checkout went from 2 to 3 replicas.\n"));
  EXPECT_THAT(text,
              HasSubstr("Why:          CheckoutQueue fires with value 37, and the rule adds 1"));
  EXPECT_THAT(text, HasSubstr("Rule:         checkout-queue\n"));
  EXPECT_THAT(text, HasSubstr("Reason:       applied\n"));
  EXPECT_THAT(text, HasSubstr("firing: CheckoutQueue\n"));
  EXPECT_THAT(text, HasSubstr("    trigger: hpa\n"));
  EXPECT_THAT(text, HasSubstr("    summary: Queue is long\n"));
  EXPECT_THAT(text, HasSubstr("2026-11-23T16:06:10.585Z"));
  EXPECT_THAT(text, HasSubstr("http://prometheus:9090/graph?g0.expr=a"));
  EXPECT_THAT(text, HasSubstr("http://alertmanager:9093"));
}

TEST(Body, ADryRunAndAFailureDoNotClaimToHaveScaled) {
  auto one = event();
  one.dry_run = true;
  EXPECT_THAT(body(one), HasSubstr("would go from 2 to 3 replicas (dry run)"));
  EXPECT_THAT(body(one), Not(HasSubstr("went from")));
  one.dry_run = false;
  one.kind = "failed";
  EXPECT_THAT(body(one), HasSubstr("has 2 replicas and was not scaled to 3"));
  one.from = 1;
  EXPECT_THAT(body(one), HasSubstr("has 1 replica and"));
  one.from.reset();
  EXPECT_THAT(body(one), HasSubstr("was not scaled (its replicas were not read)"));
}

TEST(Body, LinesOfAnAnnotationCannotPassForOurs) {
  EXPECT_THAT(body(event()), HasSubstr("    description: first\n        second\n        To: x\n"));
}

TEST(Body, StaysSmallHoweverMuchThereIs) {
  auto one = event();
  one.target_text = one.explanation = one.rule = one.external_url = std::string(50'000, 'z');
  one.alerts.front().labels["alertname"] = std::string(50'000, 'z');
  one.alerts.front().annotations["lines"] = std::string(50'000, '\n');
  one.alerts.front().annotations["description"] = std::string(20'000, 'x');
  for (int i = 0; i < 100; ++i) {
    one.alerts.front().labels["label" + std::to_string(i)] = std::string(600, 'y');
  }
  one.alerts.resize(200, one.alerts.front());
  const auto text = body(one);
  EXPECT_LT(text.size(), 250U * 1024);
  EXPECT_THAT(text, HasSubstr("[…]"));
  EXPECT_THAT(text, HasSubstr(" more alerts\n"));
}

TEST(Message, HasTheHeadersOfAMachinesMail) {
  const auto text = compose(event(), kEnvelope);
  const auto head = text.substr(0, text.find("\r\n\r\n") + 2);
  EXPECT_THAT(head, HasSubstr("Date: Mon, 23 Nov 2026 16:06:10 +0000\r\n"));
  EXPECT_THAT(head, HasSubstr("From: scalehook@example.org\r\n"));
  EXPECT_THAT(head, HasSubstr("To: ops@example.org\r\n"));
  EXPECT_THAT(head, HasSubstr("Message-ID: <01J_2f7_20_c3_a9.ops@example.org>\r\n"));
  EXPECT_THAT(head, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(head, HasSubstr("MIME-Version: 1.0\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Transfer-Encoding: quoted-printable\r\n"));
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

TEST(Message, IsTheSameOnRedeliveryAndAnotherForAnotherNotifier) {
  EXPECT_EQ(compose(event(), kEnvelope), compose(event(), kEnvelope));
  auto other = kEnvelope;
  other.instance = "managers";
  EXPECT_NE(compose(event(), kEnvelope), compose(event(), other));
}

TEST(Message, NothingOfAnEventBeginsAHeader) {
  auto one = event();
  const std::string attack = "x\r\nBcc: victim@example.org\r\n\r\n<html>";
  one.id = one.kind = one.target_text = one.rule = one.action = one.reason = attack;
  one.explanation = one.external_url = attack;
  one.alerts.front().labels[attack] = attack;
  one.alerts.front().annotations[attack] = attack;
  one.alerts.front().status = one.alerts.front().starts_at = attack;
  const auto text = compose(one, kEnvelope);
  EXPECT_THAT(text, Not(HasSubstr("\r\nBcc:")));
  EXPECT_EQ(text.find("\r\n\r\n"), text.find("quoted-printable\r\n\r\n") + 16);
  EXPECT_THAT(body(one), Not(HasSubstr("\nBcc:")));
}

TEST(Event, WhatIsMissingIsLeftOut) {
  const auto bare = event(R"({"id":"1","time":"2026-11-23T16:06:10Z","kind":"refused",
                              "alerts":[{},"x"],"from":"two"})");
  EXPECT_FALSE(bare.from);
  EXPECT_EQ(bare.alerts.size(), 1U);
  EXPECT_THAT(compose(bare, kEnvelope), HasSubstr("no target: refused"));
}

TEST(Event, WithoutItsEssentialsIsRefused) {
  for (const auto* json : {"", "[]", "{", R"({"time":"2026-11-23T16:06:10Z","kind":"scaled"})",
                           R"({"id":"1","time":"today","kind":"scaled"})",
                           R"({"id":"1","time":"2026-11-23T16:06:10Z"})", "{\"id\":\"\xFF\"}"}) {
    const auto parsed = parse_event(json);
    ASSERT_FALSE(parsed) << json;
    EXPECT_EQ(parsed.error().code, "bad-event");
    EXPECT_EQ(parsed.error().status, status::failed);
  }
  EXPECT_FALSE(parse_event("{\"id\":\"" + std::string(201, 'x') +
                           R"(","time":"2026-11-23T16:06:10Z","kind":"scaled"})"));
}

}  // namespace
}  // namespace scalehook::email
