#include "plugins/email/html_part.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/email/report.hpp"
#include "plugins/email/text_part.hpp"
#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string html(const Event& event) { return html_part({&event, 1}); }

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

TEST(HtmlPart, SaysWhatTheTextPartSays) {
  auto one = event();
  one.alerts.front().annotations["runbook_url"] = "https://runbooks/queue";
  const auto told = html(one);
  EXPECT_THAT(told, HasSubstr("deployment shop/checkout went from 2 to 3 replicas.</h2>"));
  EXPECT_THAT(told,
              HasSubstr("CheckoutQueue fires with value 37, and the rule adds 1 replica</p>"));
  EXPECT_THAT(told, HasSubstr("checkout-queue</td>"));
  EXPECT_THAT(told, HasSubstr("Queue is long</p>"));
  EXPECT_THAT(told, HasSubstr("first<br>\nsecond<br>\nTo: x</p>"));
  EXPECT_THAT(told, HasSubstr("trigger=&quot;hpa&quot;</code>"));
  EXPECT_THAT(told, HasSubstr("<a href=\"http://prometheus:9090/graph?g0.expr=a\">"));
  EXPECT_THAT(told, HasSubstr("<a href=\"https://runbooks/queue\">Runbook</a>"));
  EXPECT_THAT(told, HasSubstr("<a href=\"http://alertmanager:9093\">"));
}

TEST(HtmlPart, AResolvedAlertIsGreen) {
  auto one = event();
  EXPECT_THAT(html(one), Not(HasSubstr("#2da44e")));
  one.alerts.front().status = "resolved";
  EXPECT_THAT(html(one), HasSubstr("#2da44e"));
}

TEST(HtmlPart, OfSeveralHasATableOfThemFirst) {
  const auto told = html_part(burst());
  const auto table = told.substr(0, told.find("</table>"));
  EXPECT_THAT(table, HasSubstr("3 decisions, 1 failed, 1 refused</h1>"));
  EXPECT_THAT(table, HasSubstr("deployment shop/cart</td>"));
  EXPECT_THAT(table, HasSubstr("2 → 3</td>"));
  EXPECT_THAT(table, HasSubstr("2, not 3</td>"));
  EXPECT_THAT(table, HasSubstr("applied</td>"));
  EXPECT_THAT(table, HasSubstr("<b>hpa-owns</b></td>"));
  EXPECT_EQ(count(table, "border-left:4px solid #e5484d"), 1U);  // the failure alone is red
  EXPECT_EQ(count(told, "</h2>"), 3U);
}

TEST(HtmlPart, NothingFromOutsideIsMarkup) {
  const auto told = html(event_of("<script src='x'>\"&</td>"));
  EXPECT_THAT(told, Not(HasSubstr("<script")));
  EXPECT_THAT(told, HasSubstr("&lt;script src=&#39;x&#39;&gt;&quot;&amp;&lt;/td&gt;"));
  EXPECT_EQ(count(told, "</td>"), count(told, "<td"));
}

TEST(HtmlPart, NeedsNothingFromElsewhere) {
  const auto told = html(event());
  for (const auto* word : {"src=", "<img", "<link", "@import", "url("}) {
    EXPECT_THAT(told, Not(HasSubstr(word)));
  }
}

TEST(HtmlPart, OnlyTheWebIsALink) {
  const auto told = html(event_of("javascript:alert(1)"));
  EXPECT_THAT(told, Not(HasSubstr("href")));
  EXPECT_THAT(told, HasSubstr("javascript:alert(1)"));
}

TEST(Link, IsHttpAndWhatAUrlIsWrittenWith) {
  EXPECT_TRUE(is_link("http://a"));
  EXPECT_TRUE(is_link("https://[::1]:9090/graph?g0.expr=a%20%3E+1&x='y'#z"));
  for (const auto* text :
       {"", "http://", "https://", "HTTP:a", "ftp://a", "javascript:alert(1)", "data:text/html,x",
        " http://a", "http://a b", "http://a\"b", "//a", "http://a\nb", "http://ä", "http://a<b"}) {
    EXPECT_FALSE(is_link(text)) << text;
  }
}

TEST(HtmlPart, StaysSmallHoweverMuchThereIs) {
  auto one = huge();
  EXPECT_LT(html(one).size(), 100U * 1024);
  EXPECT_THAT(html(one), HasSubstr("more alerts"));
  one.alerts.resize(4);
  const auto several = html_part(std::vector<Event>(100, one));
  EXPECT_LT(several.size(), 100U * 1024);
  EXPECT_THAT(several, HasSubstr("and 3 more alerts"));
  EXPECT_THAT(several, HasSubstr("99 more in the table above"));
}

TEST(HtmlPart, HasRoomForAnAlertWhateverItHolds) {
  for (const auto& huge : huge_of_each_kind()) {
    const auto told = html(huge);
    EXPECT_LT(told.size(), 100U * 1024);
    EXPECT_NE(told.find("<code"), std::string::npos) << huge.rule.substr(0, 9);
  }
}

TEST(HtmlPart, HasAHundredOfAnAlertsLabelsAndAnnotations) {
  const auto one = labelled(4000);
  const auto told = html(one);
  EXPECT_EQ(count(told, "<code"), 50U);
  EXPECT_EQ(count(told, "note"), 50U);
  EXPECT_THAT(told, HasSubstr("and 3950 more annotations</p>"));
  EXPECT_THAT(told, HasSubstr("and 3950 more labels</p>"));
  const auto text = text_part({&one, 1});
  EXPECT_EQ(count(text, "    note"), 50U);
  EXPECT_EQ(count(text, "    and 3950 more\n"), 2U);

  const auto few = html(labelled(60));
  EXPECT_EQ(count(few, "<code"), 50U);
  auto unannotated = labelled(90);
  unannotated.alerts.front().annotations.clear();
  EXPECT_EQ(count(html(unannotated), "<code"), 90U);
}

}  // namespace
}  // namespace scalehook::email
