#include "plugins/email/settings.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "plugins/email/extra_header.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

[[noreturn]] void wrong(std::string explanation) {
  throw invalid("setting", std::move(explanation));
}

Mailbox mailbox(const std::string& pointer, const std::string& text) {
  auto parsed = parse_mailbox(text);
  if (!parsed) wrong(pointer + ": " + parsed.error().explanation);
  return *parsed;
}

std::vector<std::pair<std::string, std::string>> headers_of(const host& host) {
  const auto given = host.setting<std::map<std::string, std::string>>("/headers");
  if (!given) wrong("/headers: each value is to be a text; write numbers in quotes");
  std::map<std::string, std::string> names;  // by their lower case
  for (const auto& [name, value] : *given) {
    auto fault = check_header(name, value);
    const auto [first, is_new] = names.emplace(lower_case(name), name);
    if (!fault && !is_new) fault = "the same header as " + first->second;
    if (fault) wrong("/headers/" + one_line(name) + ": " + *fault);
  }
  return {given->begin(), given->end()};
}

Envelope envelope_of(const host& host) {
  auto subject = Subject::parse(host.require<std::string>("/subject"));
  if (!subject) wrong("/subject: " + subject.error().explanation);
  Envelope envelope{mailbox("/from", host.require<std::string>("/from")),
                    {},
                    host.name(),
                    std::move(*subject),
                    host.setting<bool>("/threading", true),
                    headers_of(host)};
  for (const auto& text : host.require<std::vector<std::string>>("/to")) {
    envelope.to.push_back(mailbox("/to/" + std::to_string(envelope.to.size()), text));
  }
  if (envelope.to.empty()) wrong("/to is empty: name at least one recipient");
  return envelope;
}

Relay relay_of(const host& host) {
  Relay relay;
  relay.smarthost = host.require<std::string>("/smarthost");
  const auto port = std::string_view(relay.smarthost).substr(relay.smarthost.rfind(':') + 1);
  unsigned number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  if (number == 0 || number > 65535) wrong("/smarthost: the port is to be 1 to 65535");
  relay.implicit_tls = host.setting<bool>("/force_implicit_tls", number == 465);
  relay.require_tls = host.setting<bool>("/require_tls", true);
  relay.hello = host.setting<std::string>("/hello", "");
  relay.username = host.setting<std::string>("/username", "");
  relay.ca_file = host.setting<std::string>("/tls_config/ca_file", "");
  relay.insecure_skip_verify = host.setting<bool>("/tls_config/insecure_skip_verify", false);
  return relay;
}

// Of the form that the schema admits: "30s".
std::chrono::seconds duration(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::chrono::seconds(number);
}

}  // namespace

Settings read_settings(const host& host) {
  Settings settings{envelope_of(host), relay_of(host),
                    host.setting<std::string>("/password_file", ""),
                    duration(host.require<std::string>("/timeout"))};
  if (settings.relay.username.empty() != settings.password_file.empty()) {
    wrong("/username and /password_file go together: give both or neither");
  }
  return settings;
}

outcome<std::string> read_password(const std::string& path) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"));
  std::array<char, 4096> block{};
  const auto size = file ? std::fread(block.data(), 1, block.size(), file.get()) : 0;
  if (!file || std::ferror(file.get())) {
    return denied("password-file",
                  "/password_file " + path + " cannot be read: " + std::strerror(errno));
  }
  std::string password(block.data(), size);
  if (password.ends_with('\n')) password.pop_back();
  if (password.ends_with('\r')) password.pop_back();
  static constexpr std::string_view forbidden("\0\r\n", 3);
  if (size == block.size() || password.empty() ||
      password.find_first_of(forbidden) != std::string::npos) {
    return denied("password-file",
                  "/password_file " + path + " holds no password: one short line of text");
  }
  return password;
}

}  // namespace scalehook::email
