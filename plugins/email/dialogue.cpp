#include "plugins/email/dialogue.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "plugins/email/mailbox.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

bool readable(int fd) {
  pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
  return fd >= 0 && poll(&watched, 1, 0) > 0;
}

}  // namespace

Dialogue::Dialogue(CURL* curl, const Limits& limits, const Mail& mail, const std::string& password,
                   Attempt& attempt)
    : curl_(curl),
      limits_(limits),
      mail_(mail),
      unsent_(mail.content),
      attempt_(attempt),
      secrets_{one_line(password)} {
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, &Dialogue::listen);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Dialogue::progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &Dialogue::open);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, &Dialogue::close);
  curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, this);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &Dialogue::read);
  curl_easy_setopt(curl, CURLOPT_READDATA, this);
  curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(unsent_.size()));
}

int Dialogue::listen(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& dialogue = *static_cast<Dialogue*>(self);
  if (type == CURLINFO_HEADER_OUT) dialogue.said({data, size});
  if (type == CURLINFO_HEADER_IN) dialogue.heard({data, size});
  return 0;
}

// Aborting from here is the one way out on which libcurl does not end a half-sent mail as if it
// were whole. It also waits for the reply to a mail without looking at descriptors of ours.
int Dialogue::progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& dialogue = *static_cast<Dialogue*>(self);
  return dialogue.lacked_smtputf8_ || readable(dialogue.limits_.cancel_fd) ? 1 : 0;
}

std::size_t Dialogue::read(char* buffer, std::size_t size, std::size_t count, void* self) {
  if (static_cast<Dialogue*>(self)->lacked_smtputf8_) return CURL_READFUNC_ABORT;
  auto& unsent = static_cast<Dialogue*>(self)->unsent_;
  const auto taken = std::min(size * count, unsent.size());
  std::memcpy(buffer, unsent.data(), taken);
  unsent.remove_prefix(taken);
  return taken;
}

curl_socket_t Dialogue::open(void* self, curlsocktype, curl_sockaddr* address) {
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd >= 0) static_cast<Dialogue*>(self)->sockets_.push_back(fd);
  return fd;
}

int Dialogue::close(void* self, curl_socket_t fd) {
  std::erase(static_cast<Dialogue*>(self)->sockets_, fd);
  return ::close(fd);
}

// Only the verb is kept: what follows AUTH is secret, and some servers quote what they refuse.
void Dialogue::said(std::string_view line) {
  static constexpr std::array<std::string_view, 7> verbs{"EHLO",      "HELO",    "STARTTLS", "AUTH",
                                                         "MAIL FROM", "RCPT TO", "DATA"};
  if (line.starts_with("QUIT")) return part();
  const auto* verb = std::ranges::find_if(verbs, [&](auto each) { return line.starts_with(each); });
  if (verb != verbs.end()) {
    attempt_.stage = *verb;
    attempt_.reply = {};
  } else if (attempt_.stage == "AUTH") {
    secrets_.push_back(one_line(line));
  }
  // libcurl asks for SMTPUTF8 wherever it is offered and needed; else it tries without.
  if (line.starts_with("MAIL FROM") && line.find(" SMTPUTF8") == std::string_view::npos) {
    lacked_smtputf8_ = needs_smtputf8(mail_.from, mail_.to);
  }
  if (attempt_.stage != "RCPT TO") return;
  const auto open = line.find('<');
  const auto close = line.find('>');
  if (open < close && close != std::string_view::npos) {
    recipient_ = line.substr(open + 1, close - open - 1);
  }
}

void Dialogue::heard(std::string_view line) {
  if (parted_ || line.size() < 3) return;
  if (last_line_) attempt_.reply = {};
  last_line_ = line.size() < 4 || line[3] != '-';
  auto& reply = attempt_.reply;
  reply.code = 0;
  for (const char digit : line.substr(0, 3)) {
    if (digit < '0' || digit > '9') {
      reply = {0, shortened(without_secrets(one_line(line)), 100)};
      return;
    }
    reply.code = reply.code * 10 + (digit - '0');
  }
  const auto text = without_secrets(one_line(line.substr(std::min<std::size_t>(4, line.size()))));
  if (!reply.text.empty() && !text.empty()) reply.text += ' ';
  reply.text = shortened(reply.text + text, 500);
  if (!last_line_) return;
  if (reply.code == 421) attempt_.farewell = reply;
  if (attempt_.stage != "RCPT TO") return;
  if (reply.code / 100 == 2) {
    attempt_.accepted.push_back(recipient_);
  } else {
    attempt_.refused.emplace_back(recipient_, reply);
  }
}

std::string Dialogue::without_secrets(std::string text) const {
  for (const auto& secret : secrets_) {
    for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != text.npos;) {
      text.replace(at, secret.size(), "[…]");
      at += std::string_view("[…]").size();
    }
  }
  return text;
}

// The outcome is known: a server that does not answer the farewell must not hold us, and when time
// is up no answer is wanted.
void Dialogue::part() {
  parted_ = true;
  curl_easy_setopt(curl_, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L);
  const bool late = std::chrono::steady_clock::now() >= limits_.deadline;
  if (!late && !readable(limits_.cancel_fd)) return;
  for (const int fd : sockets_) shutdown(fd, SHUT_RD);
}

}  // namespace scalehook::email
