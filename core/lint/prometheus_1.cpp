#include "core/lint/prometheus_1.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "core/config/duration.hpp"
#include "core/promql/tokens.hpp"

namespace scalehook::lint {
namespace {

using promql::Token;
using promql::unquoted;
using Kind = Token::Kind;

constexpr const char* form_of_today =
    "Since Prometheus 2.0 rule files are YAML. Write each alert as\n"
    "groups:\n"
    "  - name: alerts\n"
    "    rules:\n"
    "      - alert: NAME\n"
    "        expr: EXPRESSION\n"
    "        for: 5m\n"
    "        labels: {…}\n"
    "        annotations: {…}\n";

// A text as YAML: plain or quoted in one line, an expression of several lines as a block.
std::string scalar(std::string_view text, std::string_view indentation) {
  const bool letter_first = !text.empty() && ((text.front() >= 'a' && text.front() <= 'z') ||
                                              (text.front() >= 'A' && text.front() <= 'Z'));
  if (text.find('\n') == std::string_view::npos) {
    const bool plain = letter_first && text.find(": ") == std::string_view::npos &&
                       text.find(" #") == std::string_view::npos && !text.ends_with(':');
    return plain ? std::string{text} : boost::json::serialize(boost::json::string(text));
  }
  std::string block = "|-";
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
    if (line.ends_with('\r')) line.remove_suffix(1);
    block += fmt::format("\n{}{}", indentation, line);
  }
  return block;
}

std::string mapping(const char* key, const std::vector<Entry>& entries) {
  if (entries.empty()) return {};
  std::string text = fmt::format("        {}:\n", key);
  for (const Entry& entry : entries) {
    text += fmt::format("          {}: {}\n", entry.name,
                        boost::json::serialize(boost::json::string(entry.value)));
  }
  return text;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_{text}, tokens_{promql::tokens(text)} {}

  bool begins() const { return begins_alert(0) || begins_record(0); }

  RuleFile read() {
    const Place first = place(0);
    while (!failed_ && peek().kind != Kind::end) {
      if (begins_alert(at_)) {
        read_alert();
      } else if (begins_record(at_)) {
        read_record();
      } else {
        failed_ = true;
      }
    }
    Finding finding{.place = failed_ ? place(at_) : first,
                    .severity = Severity::error,
                    .code = "prometheus-1-syntax",
                    .message = {},
                    .remedy = {}};
    if (failed_) {
      finding.message = "The syntax of Prometheus 1.x, which cannot be understood from here on";
      finding.remedy = form_of_today;
    } else {
      finding.message = "The syntax of Prometheus 1.x, which no Prometheus since 2.0 reads";
      finding.remedy = "Write the file as\n" + yaml_;
    }
    file_.findings.push_back(std::move(finding));
    return std::move(file_);
  }

 private:
  const Token& token(std::size_t at) const { return tokens_[std::min(at, tokens_.size() - 1)]; }
  const Token& peek() const { return token(at_); }

  Place place(std::size_t at) const {
    const std::string_view before =
        text_.substr(0, static_cast<std::size_t>(token(at).text.data() - text_.data()));
    const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const auto newline = before.rfind('\n');
    return {lines + 1, before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1};
  }

  bool begins_alert(std::size_t at) const {
    return token(at).is_word("alert") && token(at + 1).kind == Kind::name &&
           token(at + 2).is_word("if");
  }

  // "job:up:sum = …" or "job:up:sum{team="shop"} = …"; in an expression no bare "=" stands outside
  // braces.
  bool begins_record(std::size_t at) const {
    if (token(at).kind != Kind::name) return false;
    if (!token(at + 1).is("{")) return token(at + 1).is("=");
    for (++at; token(at).kind != Kind::end && !token(at).is("}");) ++at;
    return token(at + 1).is("=");
  }

  bool ends_expression(std::size_t at) const {
    const Token& next = token(at);
    return next.kind == Kind::end || next.is_word("for") || next.is_word("labels") ||
           next.is_word("annotations") || begins_alert(at) || begins_record(at);
  }

  std::string expression() {
    const std::size_t begin = at_;
    int depth = 0;
    while (peek().kind != Kind::end && (depth > 0 || !ends_expression(at_))) {
      if (peek().is("(") || peek().is("{") || peek().is("[")) ++depth;
      if (peek().is(")") || peek().is("}") || peek().is("]")) --depth;
      ++at_;
    }
    if (at_ == begin) {
      failed_ = true;
      return {};
    }
    return std::string{text_of(promql::Tokens{tokens_}.subspan(begin, at_ - begin))};
  }

  // {severity="page", summary="…"}
  std::vector<Entry> entries() {
    std::vector<Entry> entries;
    if (!peek().is("{")) failed_ = true;
    ++at_;
    while (!failed_ && !peek().is("}")) {
      if (peek().kind != Kind::name || !token(at_ + 1).is("=") ||
          token(at_ + 2).kind != Kind::text) {
        failed_ = true;
        break;
      }
      entries.push_back({.name = unquoted(peek()),
                         .place = place(at_),
                         .value = unquoted(token(at_ + 2)),
                         .value_place = place(at_ + 2)});
      at_ += 3;
      if (peek().is(",")) {
        ++at_;
      } else if (!peek().is("}")) {
        failed_ = true;
      }
    }
    if (!failed_) ++at_;
    return entries;
  }

  void read_alert() {
    AlertRule alert;
    alert.place = place(++at_);
    alert.name = peek().text;
    at_ += 2;
    alert.expr_place = place(at_);
    alert.expr = expression();
    yaml_ += fmt::format("      - alert: {}\n        expr: {}\n", alert.name,
                         scalar(alert.expr, "          "));
    if (peek().is_word("for")) {
      const std::string duration = unquoted(token(++at_));
      const auto length = config::parse_milliseconds(duration);
      if (!length) failed_ = true;
      alert.held_for = {.text = duration,
                        .length = length ? *length : std::chrono::milliseconds{},
                        .place = place(at_++)};
      yaml_ += fmt::format("        for: {}\n", duration);
    }
    if (!failed_ && peek().is_word("labels")) {
      ++at_;
      alert.labels = entries();
      yaml_ += mapping("labels", alert.labels);
    }
    if (!failed_ && peek().is_word("annotations")) {
      ++at_;
      alert.annotations = entries();
      yaml_ += mapping("annotations", alert.annotations);
    }
    if (!failed_) file_.alerts.push_back(std::move(alert));
  }

  void read_record() {
    yaml_ += fmt::format("      - record: {}\n", peek().text);
    ++at_;
    const auto labels = peek().is("{") ? entries() : std::vector<Entry>{};
    if (failed_) return;
    ++at_;  // "="
    yaml_ += fmt::format("        expr: {}\n", scalar(expression(), "          "));
    yaml_ += mapping("labels", labels);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  bool failed_ = false;
  RuleFile file_;
  std::string yaml_ = "groups:\n  - name: alerts\n    rules:\n";
};

}  // namespace

bool is_prometheus_1(std::string_view text) { return Reader{text}.begins(); }

RuleFile read_prometheus_1(std::string_view text) { return Reader{text}.read(); }

}  // namespace scalehook::lint
