#include "plugins/log/line.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdio>

namespace scalehook::log {
namespace {

namespace json = boost::json;

std::string unicode_escape(unsigned character) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", character);
  return text.data();
}

// What JSON leaves as it is and yet ends a line or commands a terminal: DEL, U+0080 to U+009F,
// U+2028 and U+2029. `text` is UTF-8.
std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (at(i) < 0x20 || at(i) == 0x7F) {
      result += unicode_escape(at(i));
    } else if (at(i) == 0xC2 && at(i + 1) < 0xA0) {
      result += unicode_escape(at(i + 1));
      ++i;
    } else if (at(i) == 0xE2 && at(i + 1) == 0x80 && (at(i + 2) | 1) == 0xA9) {
      result += unicode_escape(0x2000 | (at(i + 2) & 0x3F));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

outcome<json::value> parse(std::string_view event) {
  json::error_code error;
  auto value = json::parse(event, error);
  if (error) return failed("bad-event", "the event is not JSON: " + error.message());
  if (!value.is_object()) return failed("bad-event", "the event is not a JSON object");
  return value;
}

std::string quoted(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  });
  if (plain && !value.empty()) return std::string(value);
  std::string result;
  for (const char c : value) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return '"' + escaped(result) + '"';
}

class Line {
 public:
  void add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!text_.empty()) text_ += ' ';
    ((text_ += key) += '=') += quoted(value);
  }

  void add(std::string_view key, const json::value* value) {
    if (!value || value->is_null()) return;
    add(key, value->is_string() ? std::string(value->get_string()) : json::serialize(*value));
  }

  std::string take() && { return std::move(text_) + '\n'; }

 private:
  std::string text_;
};

// The distinct names of the alerts with this status, in their order.
std::string alert_names(const json::value* alerts, std::string_view status) {
  std::string names;
  std::vector<std::string_view> seen;
  if (!alerts || !alerts->is_array()) return names;
  for (const auto& alert : alerts->get_array()) {
    const auto* object = alert.if_object();
    const auto* own_status = object ? object->if_contains("status") : nullptr;
    if (!own_status || *own_status != json::string_view(status)) continue;
    const auto* labels = object->if_contains("labels");
    const auto* name =
        labels && labels->is_object() ? labels->get_object().if_contains("alertname") : nullptr;
    if (!name || !name->is_string()) continue;
    const std::string_view text = name->get_string();
    if (std::find(seen.begin(), seen.end(), text) != seen.end()) continue;
    seen.push_back(text);
    ((names += names.empty() ? "" : ",") += text);
  }
  return names;
}

}  // namespace

outcome<std::string> json_line(std::string_view event) {
  const auto value = parse(event);
  if (!value) return value.error();
  return escaped(json::serialize(*value)) + '\n';
}

outcome<std::string> logfmt_line(std::string_view event) {
  const auto value = parse(event);
  if (!value) return value.error();
  const auto& object = value->get_object();
  Line line;
  for (const std::string_view key : {"time", "kind", "target_text", "from", "to", "direction",
                                     "reason", "explanation", "rule", "action", "dry_run"}) {
    line.add(key == "target_text" ? "target" : key, object.if_contains(key));
  }
  const auto* alerts = object.if_contains("alerts");
  line.add("firing", alert_names(alerts, "firing"));
  line.add("resolved", alert_names(alerts, "resolved"));
  line.add("id", object.if_contains("id"));
  return std::move(line).take();
}

}  // namespace scalehook::log
