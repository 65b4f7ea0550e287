// Which series expressions read, and whether they are there.
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/promql/evaluate.hpp"
#include "core/simulate/rule.hpp"

namespace scalehook::simulate {

// The series that a simulation has, apart from those that recording rules make.
struct Supply {
  std::set<std::string> metrics;  // names
  promql::Storage recordings;     // expressions that were recorded; see promql::record
  // What can be done about a metric that is missing: "record it too". After a semicolon.
  std::string remedy;
};

// The name of a metric that the expression reads and `supply` has not; of a selector without a name
// its text. Nothing if all are there, or an expression that is recorded has it.
std::optional<std::string> missing_metric(const promql::Expression& expression,
                                          const Supply& supply);

// Leaves of the recording rules those that the alerts and the other expressions need, each with an
// expression that can be evaluated. `others`: what is named in messages, such as `"query" of rule
// "a"` -> PromQL. Fails with a sentence that names expression, metric and remedy.
boost::system::result<std::vector<RuleGroup>, std::string> needed(
    const std::vector<RuleGroup>& groups,
    const std::vector<std::pair<std::string, std::string>>& others, Supply supply);

// What the series without a name are recordings of: the expression that the alerts compare. Where
// they compare different ones, the first with which nothing is missing. Fails as above.
boost::system::result<std::string, std::string> recorded_expression(
    const std::vector<RuleGroup>& groups,
    const std::vector<std::pair<std::string, std::string>>& others, const Supply& supply,
    const std::vector<alert::Labels>& unnamed);

}  // namespace scalehook::simulate
