#include "plugins/email/mailbox.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "plugins/email/mime.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

bool alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Words of `allowed` characters with single dots between them.
bool dotted(std::string_view text, std::string_view allowed, bool any_script = false) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return alphanumeric(c) || c == '.' || allowed.find(c) != std::string_view::npos ||
           (any_script && static_cast<unsigned char>(c) >= 0x80);
  });
}

// Its form in ASCII; empty if it is no host name. What is not allowed in one is looked for in the
// result, for IDN2_USE_STD3_ASCII_RULES would leave it out without a word.
std::string host_name(const std::string& text) {
  if (is_ascii(text)) return dotted(text, "-") ? text : std::string();
  char* found = nullptr;
  const int code = idn2_to_ascii_8z(text.c_str(), &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, decltype(&idn2_free)> name(found, idn2_free);
  return code == IDN2_OK && dotted(name.get(), "-") ? name.get() : std::string();
}

// The address with its domain in ASCII; empty if it is none.
std::string address_of(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at > 64) return {};
  if (!dotted(text.substr(0, at), "!#$%&'*+-/=?^_`{|}~", true)) return {};
  const auto host = host_name(std::string(text.substr(at + 1)));
  const auto address = std::string(text.substr(0, at + 1)) + host;
  return host.empty() || address.size() > 254 ? std::string() : address;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes the quotes of "On call" away, and the backslashes within.
std::string unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

std::string phrase(const std::string& name, std::size_t column) {
  if (!is_ascii(name) || name.size() > 60 || name.find("=?") != std::string::npos) {
    return encoded_words(name, column);
  }
  std::string result = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

failure no_mailbox(std::string_view text) {
  return invalid("setting",
                 '"' + one_line(text) +
                     "\" is no e-mail address; write one mailbox as local@domain or Name "
                     "<local@domain>");
}

}  // namespace

outcome<Mailbox> parse_mailbox(std::string_view text) {
  if (visible(text) != text) return no_mailbox(text);  // line ends and the like
  Mailbox mailbox;
  auto address = trimmed(text);
  if (address.ends_with('>')) {
    const auto open = address.rfind('<');
    if (open == std::string_view::npos) return no_mailbox(text);
    const auto name = trimmed(address.substr(0, open));
    if (name.find_first_of("<>") != std::string_view::npos && !name.starts_with('"')) {
      return no_mailbox(text);
    }
    mailbox.name = one_line(unquoted(name));
    address = address.substr(open + 1, address.size() - open - 2);
  }
  mailbox.address = address_of(address);
  if (mailbox.address.empty()) return no_mailbox(text);
  return mailbox;
}

std::string_view domain(const Mailbox& mailbox) {
  return std::string_view(mailbox.address).substr(mailbox.address.find('@') + 1);
}

bool needs_smtputf8(std::string_view address) { return !is_ascii(address); }

bool needs_smtputf8(std::string_view from, const std::vector<std::string>& to) {
  return needs_smtputf8(from) ||
         std::ranges::any_of(to, [](const std::string& one) { return needs_smtputf8(one); });
}

std::string address_header(std::string_view name, const std::vector<Mailbox>& mailboxes) {
  std::string result = std::string(name) + ':';
  std::size_t column = result.size() + 1;
  for (const auto& mailbox : mailboxes) {
    if (&mailbox != &mailboxes.front()) {
      result += ",\r\n";
      column = 1;
    }
    result += ' ';
    if (mailbox.name.empty()) {
      result += mailbox.address;
    } else {
      result += phrase(mailbox.name, column) + "\r\n <" + mailbox.address + '>';
    }
  }
  return result + "\r\n";
}

}  // namespace scalehook::email
