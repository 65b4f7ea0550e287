#include "plugins/email/subject.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/email/headline.hpp"
#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

using ::testing::HasSubstr;

std::string subject(std::string_view text, const std::vector<Event>& events = {event()}) {
  const auto parsed = Subject::parse(text);
  return parsed ? parsed->of(events) : "refused: " + parsed.error().explanation;
}

TEST(Subject, ByDefaultSaysWhatHappened) {
  EXPECT_EQ(subject(kDefaultSubject),
            "[scalehook] deployment shop/checkout: 2 -> 3 (CheckoutQueue firing)");
}

TEST(Subject, IsFilledIn) {
  EXPECT_EQ(subject("${target}|${rule}|${action}|${kind}|${reason}|${from}|${to}|${count}"),
            "deployment shop/checkout|checkout-queue|scale-out|scaled|applied|2|3|1");
  EXPECT_EQ(subject("$$5: ${labels.alertname}${labels.absent}!"), "$5: CheckoutQueue!");
}

TEST(Subject, ThatComesOutEmptyIsTheHeadline) {
  EXPECT_EQ(subject("${labels.absent} ${labels.none}"), headline(event()));
  auto one = event();
  one.rule = " \n\t";
  EXPECT_EQ(subject("${rule}", {one}), headline(one));
}

TEST(Subject, OfSeveralHasEachValueOnce) {
  EXPECT_EQ(subject("${count} ${kind} (${reason}) ${labels.trigger} ${from} ${to}", burst()),
            "3 scaled, refused, failed (applied, hpa-owns, failed) hpa 2 3");
}

TEST(Subject, OfManyAlertsIsCutLikeAnyOther) {
  auto one = event();
  one.alerts.resize(150'000, one.alerts.front());  // each with a value of its own, and a common one
  for (std::size_t i = 0; i < one.alerts.size(); ++i) {
    one.alerts[i].labels["pod"] = "checkout-" + std::to_string(i);
  }
  const auto line = subject("${labels.trigger}: ${labels.pod}", {one});
  EXPECT_TRUE(line.starts_with("hpa: checkout-0, checkout-1, checkout-2, ")) << line;
  EXPECT_TRUE(line.ends_with(" […]")) << line;
  EXPECT_EQ(line.size(), 200 + std::string_view(" […]").size());
}

TEST(Subject, IsOneShortLineWhateverIsFilledIn) {
  EXPECT_EQ(subject("${target}", {event_of("a\r\nBcc: b\u2028c\x01")}), "a Bcc: b c");
  EXPECT_EQ(subject("${target}", {event_of(std::string(5000, 'x'))}),
            std::string(200, 'x') + " […]");
  auto one = event();
  one.target_text = "${rule} $$";  // what is filled in is no template
  EXPECT_EQ(subject("${target}", {one}), "${rule} $$");
}

TEST(Subject, ThatIsNoTemplateIsRefusedWithWhatThereIs) {
  for (const auto* text : {"${nonsense}", "${labels.}", "${}", "${Target}", "$target", "a $"}) {
    const auto parsed = Subject::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().status, status::invalid);
    EXPECT_THAT(parsed.error().explanation, HasSubstr("${headline}, ${count}, ${target}"));
    EXPECT_THAT(parsed.error().explanation, HasSubstr("${labels.NAME}"));
  }
  EXPECT_THAT(subject("${nonsense}"), HasSubstr("no \"${nonsense}\""));
  EXPECT_THAT(subject("${target"), HasSubstr("not closed"));
  for (const auto* text : {"", "  ", "a\nb", "a\rBcc: b", "\xFF", "a\u202E"}) {
    EXPECT_FALSE(Subject::parse(text)) << text;
  }
}

}  // namespace
}  // namespace scalehook::email
