// What a PromQL expression says about the labels of its result.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace scalehook::lint {

// Whether the series of a result have a label: `present` if the expression names it (a matcher that
// needs it, "by (namespace)"), `gone` if it visibly drops it ("sum(…)"), `unknown` if that depends
// on the series.
enum class Presence { present, unknown, gone };

struct Expression {
  Presence presence(std::string_view label) const;

  std::map<std::string, Presence, std::less<>> named;
  Presence others = Presence::unknown;  // of the labels that are not named
  // It is a comparison with `bool`: it has a result, 0 or 1, whether it holds or not.
  bool compares_to_bool = false;
};

// Of an expression that it does not understand, all is unknown: whether it is right is promtool's
// business.
Expression read_expression(std::string_view promql);

}  // namespace scalehook::lint
