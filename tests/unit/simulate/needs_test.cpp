#include "core/simulate/needs.hpp"

#include <gtest/gtest.h>

#include "core/promql/age.hpp"
#include "core/promql/expression.hpp"

namespace scalehook::simulate {
namespace {

Supply supply(std::set<std::string> metrics, const std::string& recorded = "") {
  Supply made{std::move(metrics), {}, "record it"};
  if (!recorded.empty()) promql::record(made.recordings, *promql::parse(recorded), {{}});
  return made;
}

TEST(MissingMetric, IsWhatNeitherSeriesNorRecordingsHave) {
  const auto with_recording = supply({"b"}, "rate(a[1m])");
  const struct {
    std::string expression;
    const char* missing;  // empty: nothing
  } rows[] = {
      {"rate(a[1m]) > 3", ""},
      {"sum by (x) (rate(a[1m])) / b", ""},
      {"rate(a[2m])", "a"},
      {"a", "a"},
      {"b + c", "c"},
      {"{job=\"x\"}", ""},
      {"timestamp(a)", ""},
      {"timestamp(c)", "c"},
      {*promql::age_of("rate(a[1m])"), ""},
      {"time() > bool 3", ""},
  };
  for (const auto& row : rows) {
    const auto missing = missing_metric(*promql::parse(row.expression), with_recording);
    EXPECT_EQ(missing.value_or(""), row.missing) << row.expression;
  }
  EXPECT_EQ(missing_metric(*promql::parse("{job=\"x\"}"), supply({})), "{job=\"x\"}");
}

std::vector<RuleGroup> rules(const std::string& text) {
  auto read = read_rules("groups: [{rules: [" + text + "]}]", "r.yml", {});
  EXPECT_TRUE(read) << read.error();
  return *std::move(read);
}

// The names of the rules that are needed, or what is said.
std::string needed_names(const std::string& text, const Supply& of,
                         const std::vector<std::pair<std::string, std::string>>& others = {}) {
  const auto groups = needed(rules(text), others, of);
  if (!groups) return groups.error();
  std::string names;
  for (const auto& group : *groups) {
    for (const auto& rule : group.rules) {
      names += std::visit([](const auto& one) { return one.name; }, rule) + " ";
    }
  }
  return names;
}

TEST(Needed, KeepsTheRecordingRulesThatAreRead) {
  const std::string recordings =
      "{record: m, expr: a / 2}, {record: n, expr: m + 1}, {record: bad, expr: 'a[1m:1s]'}";
  EXPECT_EQ(needed_names(recordings + ", {alert: A, expr: n > 1}", supply({"a"})), "m n A ");
  EXPECT_EQ(needed_names(recordings + ", {alert: A, expr: a > 1}", supply({"a"})), "A ");
  EXPECT_EQ(needed_names(recordings + ", {alert: A, expr: n > 1}", supply({"a", "m"})), "n A ")
      << "what was recorded is not made once more";
  EXPECT_EQ(needed_names(recordings + ", {alert: A, expr: a > 1}", supply({"a"}),
                         {{"query of rule \"r\"", "max(m)"}}),
            "m A ");
}

TEST(Needed, NamesWhatIsMissingWithItsPlaceAndRemedy) {
  EXPECT_EQ(needed_names("{alert: A, expr: a + b > 1}", supply({"a"})),
            "r.yml:1:36: alert \"A\", \"a + b > 1\" reads the metric b, which is not there; record "
            "it");
  EXPECT_EQ(needed_names("{record: m, expr: b}, {alert: A, expr: m > 1}", supply({"a"})),
            "r.yml:1:37: recording rule \"m\", \"b\" reads the metric b, which is not there; "
            "record it");
  EXPECT_EQ(needed_names("{alert: A, expr: a > 1}", supply({"a"}), {{"query of rule \"r\"", "b"}}),
            "query of rule \"r\", \"b\" reads the metric b, which is not there; record it");
  EXPECT_NE(needed_names("{record: m, expr: 'b[1m:1s]'}, {alert: A, expr: m > 1}", supply({}))
                .find("does not evaluate subqueries"),
            std::string::npos);
}

TEST(RecordedExpression, IsWhatTheAlertsCompare) {
  const auto of = [](const std::string& text, const Supply& has = supply({})) {
    const auto found = recorded_expression(rules(text), {}, has, {{}});
    return found ? *found : found.error();
  };
  EXPECT_EQ(of("{alert: A, expr: sum(a) > 3}, {alert: B, expr: 1 > sum(a)}"), "sum(a)");
  EXPECT_EQ(of("{alert: A, expr: a / 2 > 3}, {alert: B, expr: a < 1}"), "a");
  EXPECT_EQ(of("{alert: A, expr: a > 3 and b > 1}", supply({"b"})), "a");
  EXPECT_NE(of("{alert: A, expr: a > 3 and b > 1}").find("reads the metric b"), std::string::npos);
  const auto several = of("{alert: A, expr: a > 3}, {alert: B, expr: b < 1}");
  EXPECT_NE(several.find("alert \"B\", \"b < 1\" reads the metric b"), std::string::npos);
  EXPECT_NE(several.find("the alerts compare several: a, b"), std::string::npos);
}

}  // namespace
}  // namespace scalehook::simulate
