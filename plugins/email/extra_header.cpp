#include "plugins/email/extra_header.hpp"

#include <algorithm>
#include <array>

#include "plugins/email/mailbox.hpp"
#include "plugins/email/mime.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kNameLimit = 64;
constexpr std::size_t kLineLimit = 998;  // RFC 5322, section 2.1.1

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameLimit &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

bool reserved(const std::string& name) {
  static constexpr std::array names{"auto-submitted", "date",        "delivered-to", "from",
                                    "in-reply-to",    "message-id",  "mime-version", "received",
                                    "references",     "return-path", "subject",      "to"};
  return std::ranges::find(names, name) != names.end() || name.starts_with("content-") ||
         name.starts_with("resent-");
}

bool holds_mailbox(const std::string& name) { return name == "reply-to" || name == "sender"; }

// Mailing-list fields (RFC 2369, RFC 2919, RFC 8058): an encoded-word would be no URL and no id.
bool is_structured(const std::string& name) { return name.starts_with("list-"); }

}  // namespace

std::optional<std::string> check_header(std::string_view name, std::string_view value) {
  if (!is_name(name)) {
    return "a header's name is 1 to 64 visible ASCII characters without a colon";
  }
  const auto key = lower_case(name);
  if (key == "cc" || key == "bcc") return "this header is not written; add recipients to /to";
  if (reserved(key)) return "this header is not for the settings to write";
  if (one_line(value).empty() || visible(value) != value) {
    return "a header's value is one line of text without control characters";
  }
  // As one line, for it need not have a space to fold at.
  if (name.size() + 2 + value.size() > kLineLimit) {
    return "a header is 998 bytes long at most, with its name";
  }
  if (is_structured(key) && !is_ascii(value)) {
    return "this header must be ASCII: readers take it apart";
  }
  if (holds_mailbox(key)) {
    const auto mailbox = parse_mailbox(value);
    if (!mailbox) return mailbox.error().explanation;
    if (needs_smtputf8(mailbox->address)) return "here the address must be ASCII before its '@'";
  }
  return std::nullopt;
}

std::string extra_header(std::string_view name, std::string_view value) {
  const auto key = lower_case(name);
  if (holds_mailbox(key)) return address_header(name, {*parse_mailbox(value)});
  const auto text = one_line(value);
  return is_structured(key) || is_plain(text) ? folded(name, text) : header(name, text);
}

}  // namespace scalehook::email
