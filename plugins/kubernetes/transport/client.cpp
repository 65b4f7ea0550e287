#include "plugins/kubernetes/transport/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "plugins/kubernetes/transport/transfer.hpp"

namespace scalehook::kubernetes {
namespace {

// libcurl 7.88 that has given up an address asks for no time to go on to the next one.
constexpr std::chrono::milliseconds longest_wait{200};

void require(CURLMcode code) {
  if (code != CURLM_OK) throw failed("libcurl", curl_multi_strerror(code));
}

void require_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw failed("libcurl", curl_easy_strerror(code));
}

}  // namespace

// A multi handle, for it owns the connection that its transfers leave behind. By one thread at a
// time.
class Client::Connection {
 public:
  // `secrets`: whose certificates it is made with.
  explicit Connection(std::shared_ptr<const Secrets> secrets)
      : secrets_{std::move(secrets)}, multi_{curl_multi_init(), &curl_multi_cleanup} {
    if (!multi_) throw std::bad_alloc{};
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 1L);
  }

  bool fits(const Secrets& secrets) const { return secrets_->same_tls(secrets); }

  // Whatever ends the transfer early closes the connection.
  outcome<Answer> perform(Transfer& transfer, const Patience& patience) {
    const Added added{multi_.get(), transfer.easy()};
    curl_waitfd cancel{patience.cancel_fd, CURL_WAIT_POLLIN, 0};
    const unsigned extra = patience.cancel_fd >= 0 ? 1 : 0;
    const auto begin = std::chrono::steady_clock::now();
    // Of a name with several addresses each but the last one gets half of what is left, as libcurl
    // does it; else one that is dead would take all of it. Our own clock is to be the first.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - begin);
    constexpr std::chrono::milliseconds::rep later = 100;
    curl_easy_setopt(
        transfer.easy(), CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 1, 3'600'000) +
                          later));
    for (int running = 1;;) {
      require(curl_multi_perform(multi_.get(), &running));
      if (running == 0) break;
      const auto now = std::chrono::steady_clock::now();
      if (now >= patience.deadline) return transfer.timed_out(now - begin);
      const auto wait = std::min<std::chrono::milliseconds>(
          std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - now), longest_wait);
      require(
          curl_multi_poll(multi_.get(), &cancel, extra, static_cast<int>(wait.count()), nullptr));
      // The host cancels what has outlived its deadline: that is a timeout all the same.
      if (extra > 0 && cancel.revents != 0 &&
          std::chrono::steady_clock::now() < patience.deadline) {
        return cancelled("the call was cancelled");
      }
    }
    int queued = 0;
    const CURLMsg* const message = curl_multi_info_read(multi_.get(), &queued);
    return transfer.result(message ? message->data.result : CURLE_FAILED_INIT);
  }

 private:
  struct Added {
    CURLM* multi;
    CURL* easy;
    Added(CURLM* to, CURL* what) : multi{to}, easy{what} {
      require(curl_multi_add_handle(multi, easy));
    }
    ~Added() { curl_multi_remove_handle(multi, easy); }
  };

  const std::shared_ptr<const Secrets> secrets_;
  const std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
};

Client::Client(Access access, const Credentials::Warn& warn)
    : access_{std::move(access)}, credentials_{access_, warn} {
  require_curl();
  for (const std::string& warning : access_.warnings) warn(warning);
}

Client::~Client() = default;

std::unique_ptr<Client::Connection> Client::take(const std::shared_ptr<const Secrets>& secrets) {
  {
    const std::lock_guard lock{mutex_};
    // Those of a certificate that has rotated close here: else they would stay open, and be us, for
    // as long as the server likes.
    std::erase_if(idle_, [&](const auto& connection) { return !connection->fits(*secrets); });
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());  // the last used: the likeliest to be open still
      idle_.pop_back();
      return connection;
    }
  }
  return std::make_unique<Connection>(secrets);
}

void Client::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock{mutex_};
  idle_.push_back(std::move(connection));
}

outcome<Answer> Client::send(const Request& request, const Patience& patience) {
  const auto secrets = credentials_.current(patience);
  if (!secrets) return secrets.error();
  auto answer = send(request, patience, *secrets);
  if (!answer || answer->status != 401) return answer;
  const auto renewed = credentials_.replacement(*secrets, patience);
  if (!renewed) return renewed.error();
  return *renewed == *secrets ? answer : send(request, patience, *renewed);
}

outcome<Answer> Client::send(const Request& request, const Patience& patience,
                             const std::shared_ptr<const Secrets>& secrets) {
  Transfer transfer{access_, *secrets, request};
  auto connection = take(secrets);
  auto answer = connection->perform(transfer, patience);
  give_back(std::move(connection));
  return answer;
}

}  // namespace scalehook::kubernetes
