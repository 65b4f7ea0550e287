// Reads PromQL into a tree. Private to core/promql.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/promql/tokens.hpp"
#include "core/promql/tree.hpp"

namespace scalehook::promql {

// By recursive descent; of precedences, by climbing. One expression each.
class Reader {
 public:
  // `only_evaluated`: what evaluate() does not evaluate is a mistake.
  Reader(std::string_view text, bool only_evaluated);

  boost::system::result<Expression, std::string> read();

 private:
  // Each of these takes its tokens, or returns nothing (false) and leaves a sentence in fault_.
  using Maybe = std::optional<Expression>;
  Maybe expression(Level loosest);
  Maybe binary(const Expression& left);
  Maybe operand();    // with signs before it
  Maybe postfixed();  // with ranges, offsets and times behind it
  Maybe primary();
  Maybe enclosed();
  Maybe aggregation();
  Maybe call();
  std::optional<std::vector<Expression>> arguments();
  bool matching(Binary& binary);

  std::optional<Selector> selector();
  bool matcher(Selector& selector, bool is_named);
  bool offset(std::chrono::milliseconds& offset);
  bool time(std::string& at);
  Maybe ranged(Expression operand, bool takes_range);
  Maybe moved(const Expression& operand, bool takes_more);
  std::optional<std::chrono::milliseconds> duration(std::string_view text, const Token& place);
  // (a, b) into sorted names.
  bool labels(std::vector<std::string>& names);

  const Token& token(std::size_t ahead = 0) const;
  bool take(std::string_view sign);
  bool take_word(std::string_view lower_case);
  bool expect(std::string_view sign);
  // Of what starts at the token; always nothing.
  std::nullopt_t fail(const Token& place, std::string sentence);
  std::nullopt_t unexpected(std::string_view wanted);
  bool refuse(const Token& place, std::string_view what);

  std::string_view text_;
  bool only_evaluated_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;      // of brackets
  std::size_t operators_ = 0;  // all there are: they make a tree deep
  std::string fault_;
};

}  // namespace scalehook::promql
