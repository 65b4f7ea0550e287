// The notifier `email`: one mail an event, handed to one SMTP server.
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <scalehook/plugin.hpp>

#include "plugins/email/event.hpp"
#include "plugins/email/message.hpp"
#include "plugins/email/relay.hpp"
#include "plugins/email/verdict.hpp"

namespace scalehook::email {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSettings = R"json({
  "type": "object",
  "required": ["smarthost", "from", "to"],
  "additionalProperties": false,
  "properties": {
    "smarthost": {
      "type": "string",
      "pattern": "^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9.])?|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}$",
      "description": "The SMTP server as host:port; 587 for STARTTLS, 465 for TLS at once"
    },
    "from": {
      "type": "string",
      "description": "The sender: local@domain or Name <local@domain>"
    },
    "to": {
      "type": "array",
      "items": {"type": "string"},
      "description": "The recipients, at least one, each written as in from"
    },
    "username": {
      "type": "string",
      "description": "For AUTH PLAIN or LOGIN; without it nothing is authenticated"
    },
    "password_file": {
      "type": "string",
      "pattern": "^/",
      "description": "A file with the password, read at every delivery; one line end at its end is left out"
    },
    "require_tls": {
      "type": "boolean",
      "default": true,
      "description": "Refuse a server without STARTTLS. With false the mail, and the password, go in the clear where the server offers none"
    },
    "force_implicit_tls": {
      "type": "boolean",
      "description": "TLS from the first byte, without STARTTLS; true on port 465 unless said otherwise"
    },
    "tls_config": {
      "type": "object",
      "additionalProperties": false,
      "description": "How the server's certificate is checked",
      "properties": {
        "ca_file": {
          "type": "string",
          "pattern": "^/",
          "description": "PEM file of the CAs to trust, in place of the system's"
        },
        "insecure_skip_verify": {
          "type": "boolean",
          "default": false,
          "description": "Take any certificate"
        }
      }
    },
    "hello": {
      "type": "string",
      "pattern": "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$",
      "description": "The name that EHLO says; this machine's unless said otherwise"
    },
    "timeout": {
      "type": "string",
      "pattern": "^([1-9]|[12][0-9]|30)s$",
      "default": "30s",
      "description": "How long one delivery may take, in seconds; at most 30s, for scalehook waits no longer"
    }
  }
})json";

constexpr std::size_t kRemembered = 64;  // events, with whom they were delivered to

[[noreturn]] void wrong(std::string explanation) {
  throw invalid("setting", std::move(explanation));
}

Mailbox mailbox(const std::string& pointer, const std::string& text) {
  auto parsed = parse_mailbox(text);
  if (!parsed) wrong(pointer + ": " + parsed.error().explanation);
  return *parsed;
}

Envelope envelope_of(const host& host) {
  Envelope envelope{mailbox("/from", host.require<std::string>("/from")), {}, host.name()};
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
  if (size == block.size() || password.empty() || password.find('\0') != std::string::npos) {
    return denied("password-file",
                  "/password_file " + path + " holds no password: one short line of text");
  }
  return password;
}

class Notifier {
 public:
  static constexpr scalehook::info info{
      .name = "email", .version = PLUGIN_VERSION, .settings = kSettings};

  explicit Notifier(const host& host)
      : envelope_(envelope_of(host)),
        relay_(relay_of(host)),
        password_file_(host.setting<std::string>("/password_file", "")),
        timeout_(duration(host.require<std::string>("/timeout"))) {
    if (relay_.username.empty() != password_file_.empty()) {
      wrong("/username and /password_file go together: give both or neither");
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);  // counted; safe in any thread since libcurl 7.84
  }

  ~Notifier() { curl_global_cleanup(); }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  outcome<done> notify(call& call, std::string_view json) {
    const auto event = parse_event(json);
    if (!event) return event.error();
    auto to = missing(event->id);
    if (to.empty()) return done{.version = {}, .explanation = "all recipients already have it"};
    std::string password;
    if (!password_file_.empty()) {
      auto read = read_password(password_file_);
      if (!read) return read.error();
      password = std::move(*read);
    }

    const Mail mail{envelope_.from.address, std::move(to), compose(*event, envelope_)};
    // A little before the deadline, while the host still listens to what the fault was.
    const auto left = call.remaining() - std::min(call.remaining() / 10, 200ms);
    const Limits limits{
        std::chrono::steady_clock::now() + std::min<std::chrono::milliseconds>(left, timeout_),
        call.cancel_fd()};
    const auto attempt = hand_in(relay_, password, mail, limits);
    if (attempt.end == Attempt::End::sent) remember(event->id, attempt.accepted);
    return judge(attempt, relay_);
  }

 private:
  struct Delivered {
    std::string id;
    std::vector<std::string> to;
  };

  // Who has not got this event from us yet: a redelivery goes to the others.
  std::vector<std::string> missing(const std::string& id) const {
    std::vector<std::string> result;
    const auto known = std::find_if(delivered_.begin(), delivered_.end(),
                                    [&](const Delivered& one) { return one.id == id; });
    for (const auto& [name, address] : envelope_.to) {
      const bool has = known != delivered_.end() &&
                       std::find(known->to.begin(), known->to.end(), address) != known->to.end();
      if (!has) result.push_back(address);
    }
    return result;
  }

  void remember(const std::string& id, const std::vector<std::string>& accepted) {
    auto known = std::find_if(delivered_.begin(), delivered_.end(),
                              [&](const Delivered& one) { return one.id == id; });
    if (known == delivered_.end()) {
      if (delivered_.size() == kRemembered) delivered_.pop_front();
      known = delivered_.insert(delivered_.end(), Delivered{id, {}});
    }
    known->to.insert(known->to.end(), accepted.begin(), accepted.end());
  }

  const Envelope envelope_;
  const Relay relay_;
  const std::string password_file_;
  const std::chrono::seconds timeout_;
  std::deque<Delivered> delivered_;  // one call at a time (max_concurrency 1): no lock
};

}  // namespace
}  // namespace scalehook::email

SCALEHOOK_PLUGIN(scalehook::email::Notifier)
