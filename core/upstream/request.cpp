#include "core/upstream/request.hpp"

#include <curl/curl.h>

#include <new>
#include <stdexcept>

#include "core/upstream/transfer.hpp"

namespace scalehook::upstream {
namespace {

CURLM* make_multi() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error{curl_easy_strerror(code)};
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc{};
  return multi;
}

void require(CURLMcode code) {
  if (code != CURLM_OK) throw std::runtime_error{curl_multi_strerror(code)};
}

// What is under way; leaving ends the rest of it.
class Batch {
 public:
  Batch(CURLM* multi, const std::vector<Request>& requests) : multi_{multi} {
    for (const Request& request : requests) {
      transfers_.push_back(std::make_unique<Transfer>(request));
      outcomes_.emplace_back(transfers_.back()->sentence("stopped"));
    }
    for (std::size_t i = 0; i < transfers_.size(); ++i) {
      CURL* const easy = transfers_[i]->easy();
      curl_easy_setopt(easy, CURLOPT_PRIVATE, reinterpret_cast<void*>(i));
      require(curl_multi_add_handle(multi_, easy));
    }
  }
  ~Batch() {
    for (const auto& transfer : transfers_) curl_multi_remove_handle(multi_, transfer->easy());
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Takes what libcurl is done with.
  void collect() {
    int queued = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &queued)) {
      void* index = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &index);
      const auto i = reinterpret_cast<std::size_t>(index);
      outcomes_[i] = transfers_[i]->outcome(message->data.result);
    }
  }

  std::vector<Outcome> outcomes() && { return std::move(outcomes_); }

 private:
  CURLM* multi_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

Sender::Sender() : multi_{make_multi()} {
  const Request none;
  const Transfer trial{none};  // what this libcurl cannot do is to show now
}

Sender::~Sender() = default;

void Sender::Release::operator()(void* multi) const { curl_multi_cleanup(multi); }

std::vector<Outcome> Sender::send(const std::vector<Request>& requests,
                                  const std::stop_token& stop) {
  CURLM* const multi = multi_.get();
  Batch batch{multi, requests};
  const std::stop_callback wake{stop, [multi] { curl_multi_wakeup(multi); }};
  for (int running = 1; !stop.stop_requested();) {
    require(curl_multi_perform(multi, &running));
    batch.collect();
    if (running == 0) break;
    // libcurl wakes up in time for its own limits.
    require(curl_multi_poll(multi, nullptr, 0, 60'000, nullptr));
  }
  return std::move(batch).outcomes();
}

Outcome send(const Request& request) { return Sender{}.send({request}).front(); }

std::string shown(std::string_view url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string{url};
  return std::string{url.substr(0, begin)} + std::string{url.substr(begin + at + 1)};
}

}  // namespace scalehook::upstream
