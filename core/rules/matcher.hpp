// Label matchers in Alertmanager's syntax.
#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/alert/alert.hpp"

namespace re2 {
class RE2;
}

namespace scalehook::rules {

// One of foo="bar", foo!="bar", foo=~"regex", foo!~"regex"; quotes may be left out where the value
// needs none. Regular expressions are RE2's and anchored at both ends, and a missing label is the
// empty value, as in Alertmanager:
// https://prometheus.io/docs/alerting/latest/configuration/#matcher
// Immutable; may be shared by threads.
class Matcher {
 public:
  // On failure one sentence that says what is wrong with the text.
  static boost::system::result<Matcher, std::string> parse(std::string_view text);

  bool matches(const alert::Labels& labels) const;

  const std::string& text() const { return text_; }  // as it was written
  const std::string& label() const { return label_; }
  // Whether an alert must have the label to match.
  bool needs_label() const { return !matches({}); }
  // The values that it matches as far as they are spelt out: foo="a" gives a, foo=~"a|b" both.
  std::vector<std::string> words() const;

 private:
  enum class Operator { equal, not_equal, match, no_match };
  Matcher() = default;

  std::string text_;
  std::string label_;
  std::string value_;
  Operator operator_ = Operator::equal;
  std::shared_ptr<const re2::RE2> expression_;  // for match and no_match
};

}  // namespace scalehook::rules
