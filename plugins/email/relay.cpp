#include "plugins/email/relay.hpp"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

using std::chrono::milliseconds;
using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

milliseconds left(std::chrono::steady_clock::time_point deadline) {
  const auto rest = deadline - std::chrono::steady_clock::now();
  return std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(rest));
}

// libcurl says only that a recipient was refused; the dialogue says which, and in whose words.
class Dialogue {
 public:
  Dialogue(CURL* curl, Attempt& attempt) : curl_(curl), attempt_(attempt) {}

  static int listen(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
    auto& dialogue = *static_cast<Dialogue*>(self);
    const std::string_view text(data, size);
    if (type == CURLINFO_HEADER_OUT) dialogue.said(text);
    if (type == CURLINFO_HEADER_IN) dialogue.heard(text);
    return 0;
  }

 private:
  // Only the verb is kept: what follows AUTH is secret.
  void said(std::string_view line) {
    static constexpr std::array verbs{"EHLO",      "HELO",    "STARTTLS", "AUTH",
                                      "MAIL FROM", "RCPT TO", "DATA"};
    if (line.starts_with("QUIT")) return part();
    for (const std::string_view verb : verbs) {
      if (!line.starts_with(verb)) continue;
      attempt_.stage = verb;
      attempt_.reply = {};
    }
    if (attempt_.stage != "RCPT TO") return;
    const auto open = line.find('<');
    const auto close = line.find('>');
    if (open < close && close != std::string_view::npos) {
      recipient_ = line.substr(open + 1, close - open - 1);
    }
  }

  void heard(std::string_view line) {
    if (parted_ || line.size() < 3) return;
    if (last_line_) attempt_.reply = {};
    last_line_ = line.size() < 4 || line[3] != '-';
    auto& reply = attempt_.reply;
    reply.code = 0;
    for (const char digit : line.substr(0, 3)) {
      if (digit < '0' || digit > '9') return;
      reply.code = reply.code * 10 + (digit - '0');
    }
    const auto text = one_line(line.substr(std::min<std::size_t>(4, line.size())));
    if (!reply.text.empty() && !text.empty()) reply.text += ' ';
    reply.text = shortened(reply.text + text, 500);
    if (!last_line_ || attempt_.stage != "RCPT TO") return;
    if (reply.code / 100 == 2) {
      attempt_.accepted.push_back(recipient_);
    } else {
      attempt_.refused.emplace_back(recipient_, reply);
    }
  }

  // The outcome is known: a server that does not answer the farewell must not hold us.
  void part() {
    parted_ = true;
    curl_easy_setopt(curl_, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L);
  }

  CURL* curl_;
  Attempt& attempt_;
  std::string recipient_;
  bool last_line_ = true;  // the next line begins a reply
  bool parted_ = false;
};

struct Source {
  std::string_view rest;

  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self) {
    auto& rest = static_cast<Source*>(self)->rest;
    const auto taken = std::min(size * count, rest.size());
    std::memcpy(buffer, rest.data(), taken);
    rest.remove_prefix(taken);
    return taken;
  }
};

void set_up(CURL* curl, const Relay& relay, const std::string& password, const Limits& limits) {
  const auto url = (relay.implicit_tls ? "smtps://" : "smtp://") + relay.smarthost +
                   (relay.hello.empty() ? "" : "/" + relay.hello);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // not what the environment says about the web
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(left(limits.deadline).count()));

  curl_easy_setopt(curl, CURLOPT_USE_SSL, relay.require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, relay.insecure_skip_verify ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, relay.insecure_skip_verify ? 0L : 2L);
  if (!relay.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, relay.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // this file alone, as in Prometheus
  }
  if (!relay.username.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, relay.username.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
    curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
  }
}

Attempt::End end_of(CURLcode code) {
  using End = Attempt::End;
  switch (code) {
    case CURLE_OK:
      return End::sent;
    case CURLE_OPERATION_TIMEDOUT:
      return End::timeout;
    case CURLE_COULDNT_RESOLVE_HOST:
      return End::unresolved;
    case CURLE_COULDNT_CONNECT:
      return End::unreachable;
    case CURLE_USE_SSL_FAILED:
      return End::no_tls;
    case CURLE_PEER_FAILED_VERIFICATION:
      return End::certificate;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return End::handshake;
    case CURLE_SSL_CACERT_BADFILE:
      return End::ca_file;
    case CURLE_LOGIN_DENIED:
      return End::login;
    default:
      return End::broken;
  }
}

// Runs the transfer to its end; empty if it was cancelled.
std::optional<CURLcode> run(CURLM* multi, int cancel_fd) {
  for (;;) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    curl_waitfd cancel{.fd = cancel_fd, .events = CURL_WAIT_POLLIN, .revents = 0};
    const unsigned watched = cancel_fd >= 0 ? 1 : 0;
    if (curl_multi_poll(multi, &cancel, watched, 1000, nullptr) != CURLM_OK) {
      return CURLE_FAILED_INIT;
    }
    if (watched && cancel.revents != 0) return std::nullopt;
  }
  int queued = 0;
  const auto* message = curl_multi_info_read(multi, &queued);
  return message ? message->data.result : CURLE_FAILED_INIT;
}

}  // namespace

Attempt hand_in(const Relay& relay, const std::string& password, const Mail& mail,
                const Limits& limits) {
  Attempt attempt;
  std::array<char, CURL_ERROR_SIZE> error{};
  Source source{mail.content};
  List recipients(nullptr, curl_slist_free_all);
  for (const auto& to : mail.to) {
    auto* longer = curl_slist_append(recipients.get(), to.c_str());
    if (!longer) throw std::bad_alloc();
    static_cast<void>(recipients.release());
    recipients.reset(longer);
  }

  const Multi multi(curl_multi_init(), curl_multi_cleanup);
  const Easy easy(curl_easy_init(), curl_easy_cleanup);
  if (!multi || !easy) throw std::bad_alloc();
  Dialogue dialogue(easy.get(), attempt);
  set_up(easy.get(), relay, password, limits);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(easy.get(), CURLOPT_VERBOSE, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_DEBUGFUNCTION, &Dialogue::listen);
  curl_easy_setopt(easy.get(), CURLOPT_DEBUGDATA, &dialogue);
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_READFUNCTION, &Source::read);
  curl_easy_setopt(easy.get(), CURLOPT_READDATA, &source);
  curl_easy_setopt(easy.get(), CURLOPT_INFILESIZE_LARGE,
                   static_cast<curl_off_t>(mail.content.size()));

  curl_multi_add_handle(multi.get(), easy.get());
  const auto code = run(multi.get(), limits.cancel_fd);
  curl_multi_remove_handle(multi.get(), easy.get());

  attempt.end = code ? end_of(*code) : Attempt::End::cancelled;
  attempt.detail = one_line(error.data());
  if (attempt.detail.empty() && code) attempt.detail = curl_easy_strerror(*code);
  return attempt;
}

}  // namespace scalehook::email
