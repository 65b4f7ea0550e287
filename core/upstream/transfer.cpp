#include "core/upstream/transfer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace scalehook::upstream {
namespace {

constexpr std::size_t max_body = std::size_t{64} << 20;

// Not inherited by what a plugin may start.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

}  // namespace

template <class T>
void Transfer::set(CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc{};
  // A libcurl without an option we rely on (TLS, say) must not pass for one that has it.
  if (code != CURLE_OK) throw std::runtime_error{curl_easy_strerror(code)};
}

void Transfer::add_header(const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc{};
  static_cast<void>(headers_.release());
  headers_.reset(longer);
}

std::size_t Transfer::append(char* data, std::size_t, std::size_t size, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size > max_body) return 0;
  text.append(data, size);
  return size;
}

Transfer::Transfer(const Request& request) : request_{request}, easy_{curl_easy_init()} {
  if (!easy_) throw std::bad_alloc{};
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_NOSIGNAL, 1L);
  // A look-up that hangs is left to its own thread; else giving up would wait for it.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  // To libcurl 0 means for ever.
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request_.limit.count(), 1)));
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (!request_.body.empty() || request_.method != "GET") {
    set(CURLOPT_POSTFIELDS, request_.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    add_header("Content-Type:" +
               (request_.content_type.empty() ? "" : " " + request_.content_type));
  }
  add_header("Accept: application/json");
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_USERAGENT, "scalehook/" SCALEHOOK_RELEASE);
  set(CURLOPT_WRITEFUNCTION, &append);
  set(CURLOPT_WRITEDATA, &response_.body);
  set(CURLOPT_ERRORBUFFER, error_);
}

Outcome Transfer::outcome(CURLcode code) {
  if (code != CURLE_OK) return sentence(fault(code));
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &response_.status);
  curl_header* header = nullptr;
  if (curl_easy_header(easy_.get(), "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
    const std::time_t date = curl_getdate(header->value, nullptr);
    if (date >= 0) response_.date = std::chrono::system_clock::from_time_t(date);
  }
  return std::move(response_);
}

std::string Transfer::sentence(std::string_view fact) const {
  return fmt::format("{}: {}", shown(request_.url), fact);
}

std::string Transfer::fault(CURLcode code) const {
  const std::string reason = *error_ != '\0' ? error_ : curl_easy_strerror(code);
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "not an http or https address: " + reason;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return "cannot be reached: " + reason;
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no answer within {:.3g} s",
                         std::chrono::duration<double>{request_.limit}.count());
    case CURLE_SSL_CONNECT_ERROR:
      return "no TLS: " + reason;
    case CURLE_PEER_FAILED_VERIFICATION:
      return "its certificate is not trusted: " + reason;
    case CURLE_WRITE_ERROR:
      return "it answered more than 64 MiB";
    case CURLE_OUT_OF_MEMORY:
      throw std::bad_alloc{};
    default:
      return "the connection broke: " + reason;
  }
}

}  // namespace scalehook::upstream
