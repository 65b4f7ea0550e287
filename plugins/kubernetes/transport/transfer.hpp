// One request as libcurl wants it. Only the client knows it.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>

#include "plugins/kubernetes/access/access.hpp"
#include "plugins/kubernetes/access/proxy.hpp"
#include "plugins/kubernetes/transport/credentials.hpp"
#include "plugins/kubernetes/transport/request.hpp"

namespace scalehook::kubernetes {

// By one thread. The arguments are borrowed for its life.
class Transfer {
 public:
  Transfer(const Access& access, const Secrets& secrets, const Request& request);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() { return easy_.get(); }
  // Once libcurl is done with it: the answer, or a failure with one of the codes dns, unreachable,
  // timeout, tls, connection-lost, too-large and proxy-denied.
  outcome<Answer> result(CURLcode code);
  // For a transfer that is given up after that time: the failure with the code timeout.
  failure timed_out(std::chrono::duration<double> seconds) const;

 private:
  template <auto release>
  struct Release {
    template <class T>
    void operator()(T* object) const {
      release(object);
    }
  };
  using Easy = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
  using Url = std::unique_ptr<CURLU, Release<curl_url_cleanup>>;
  using List = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;

  template <class T>
  void set(CURLoption option, T value);
  void set_blob(CURLoption option, const std::string& text);
  void set_address();
  void set_proxy();
  void set_tls();
  void set_headers();
  static void add(List& list, const std::string& line);
  static std::size_t append(char* data, std::size_t, std::size_t size, void* body);
  static int send_once(void* transfer, char*, char*, int, int);
  std::string peer(CURLcode code) const;
  failure refused_by_proxy(const std::string& reason) const;
  failure no_answer(CURLcode code) const;

  const Access& access_;
  const Secrets& secrets_;
  const Request& request_;
  std::string server_;  // HOST:PORT
  Proxy proxy_;         // empty: none
  Answer answer_;
  bool sent_ = false;
  char error_[CURL_ERROR_SIZE] = "";
  Url url_;
  List headers_, connect_to_;
  Easy easy_;  // the last: released before what it points to
};

// The time a Retry-After header asks for, as seconds or as an HTTP date seen at `now` (RFC 9110,
// 10.2.3), at most a day. Nothing if it is neither; zero if the date is past.
std::optional<std::chrono::milliseconds> parse_retry_after(
    const std::string& text, std::chrono::system_clock::time_point now);

}  // namespace scalehook::kubernetes
