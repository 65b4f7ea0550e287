#include "plugins/log/syslog_message.hpp"

#include <algorithm>
#include <array>

#include "plugins/log/text.hpp"

namespace scalehook::log {
namespace {

constexpr std::size_t kLongestValue = 512;

// RFC 5424, table 1. There are no names for 12 to 15.
constexpr std::array<std::string_view, 24> kFacilities = {
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "",       "",       "",       "",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A word of the header: visible ASCII, "-" for none.
std::string word(std::string_view text, std::size_t size) {
  std::string result(text.substr(0, size));
  for (char& c : result) {
    if (c <= ' ' || c >= 0x7F) c = '?';
  }
  return result.empty() ? "-" : result;
}

// RFC 3339 as RFC 5424 wants it: six digits of a second at most, no leap second. "-" for what is of
// another form.
std::string timestamp(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  const auto fits = [&](std::size_t i) {
    return kForm[i] == 'd' ? is_digit(text[i]) : kForm[i] == text[i];
  };
  if (text.size() <= kForm.size()) return "-";
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (!fits(i)) return "-";
  }
  if (text.substr(17, 2) == "60") return "-";
  const auto rest = text.substr(kForm.size());
  const auto end = std::find_if_not(rest.begin() + 1, rest.end(), is_digit);
  const auto digits = static_cast<std::size_t>(end - rest.begin());
  const auto fraction = rest.starts_with('.') ? rest.substr(0, digits) : std::string_view();
  const auto zone = rest.substr(fraction.size());
  const bool offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && is_digit(zone[1]) &&
                      is_digit(zone[2]) && zone[3] == ':' && is_digit(zone[4]) && is_digit(zone[5]);
  if ((zone != "Z" && !offset) || fraction == ".") return "-";
  return std::string(text.substr(0, kForm.size())).append(fraction.substr(0, 7)).append(zone);
}

std::string parameter(std::string_view key, std::string_view value) {
  std::string result = " ";
  (result += key) += "=\"";
  for (const char c : cut(escaped(value), kLongestValue)) {
    if (c == '"' || c == '\\' || c == ']') result += '\\';
    result += c;
  }
  return result += '"';
}

}  // namespace

std::string syslog_message(const Origin& origin, const Event& event, std::string_view message) {
  std::string result = "<" + std::to_string(origin.facility * 8 + severity(event)) + ">1 ";
  ((result += timestamp(event["time"])) += ' ') += word(origin.hostname, 255);
  ((result += ' ') += word(origin.app_name, 48)) += ' ';
  ((result += word(origin.process_id, 128)) += ' ') += word(event["kind"], 32);
  result += " [scalehook@" + std::to_string(origin.enterprise_number);
  for (const auto& [key, values] : event.fields) {
    if (key == "time" || key == "kind" || key == "explanation") continue;
    const auto added = parameter(key, joined(values));
    if (result.size() + added.size() <= origin.max_size * 3 / 4) result += added;
  }
  result += "] ";
  return result += cut(message, origin.max_size - std::min(origin.max_size, result.size()));
}

int facility_number(std::string_view name) {
  const auto* const found = std::find(kFacilities.begin(), kFacilities.end(), name);
  if (name.empty() || found == kFacilities.end()) return -1;
  return static_cast<int>(found - kFacilities.begin());
}

}  // namespace scalehook::log
