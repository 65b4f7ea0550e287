#include "plugins/email/relay.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>

#include "plugins/email/dialogue.hpp"
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

void set_up(CURL* curl, const Relay& relay, const std::string& password, const Limits& limits) {
  const auto url = (relay.implicit_tls ? "smtps://" : "smtp://") + relay.smarthost +
                   (relay.hello.empty() ? "" : "/" + relay.hello);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // not what the environment says about the web
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // A look-up that hangs is left to its own thread; else giving up would wait for it.
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
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
    case CURLE_ABORTED_BY_CALLBACK:
      return End::cancelled;
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

// Runs the transfer to its end.
CURLcode run(CURLM* multi, int cancel_fd) {
  for (bool cancelled = false;;) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    if (cancelled) return CURLE_ABORTED_BY_CALLBACK;  // it was not yet connected
    curl_waitfd cancel{.fd = cancel_fd, .events = CURL_WAIT_POLLIN, .revents = 0};
    const unsigned watched = cancel_fd >= 0 ? 1 : 0;
    if (curl_multi_poll(multi, &cancel, watched, 1000, nullptr) != CURLM_OK) {
      return CURLE_FAILED_INIT;
    }
    cancelled = watched != 0 && cancel.revents != 0;
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
  List recipients(nullptr, curl_slist_free_all);
  for (const auto& to : mail.to) {
    auto* longer = curl_slist_append(recipients.get(), to.c_str());
    if (!longer) throw std::bad_alloc();
    static_cast<void>(recipients.release());
    recipients.reset(longer);
  }

  const Easy easy(curl_easy_init(), curl_easy_cleanup);
  if (!easy) throw std::bad_alloc();
  Dialogue dialogue(easy.get(), limits, mail, password, attempt);
  const Multi multi(curl_multi_init(), curl_multi_cleanup);
  if (!multi) throw std::bad_alloc();
  set_up(easy.get(), relay, password, limits);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_FROM, mail.from.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);

  curl_multi_add_handle(multi.get(), easy.get());
  const auto code = run(multi.get(), limits.cancel_fd);
  curl_multi_remove_handle(multi.get(), easy.get());

  attempt.end = dialogue.lacked_smtputf8() ? Attempt::End::no_smtputf8 : end_of(code);
  attempt.detail = one_line(error.data());
  if (attempt.detail.empty()) attempt.detail = curl_easy_strerror(code);
  return attempt;
}

}  // namespace scalehook::email
