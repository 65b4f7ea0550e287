// One request as libcurl wants it.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "core/upstream/request.hpp"

namespace scalehook::upstream {

// By one thread. The request is borrowed for its life.
class Transfer {
 public:
  explicit Transfer(const Request& request);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() { return easy_.get(); }
  // Once libcurl is done with it.
  Outcome outcome(CURLcode code);
  // Instead, if it is given up before: the sentence for that fact.
  std::string sentence(std::string_view fact) const;

 private:
  template <auto release>
  struct Release {
    template <class T>
    void operator()(T* object) const {
      release(object);
    }
  };

  template <class T>
  void set(CURLoption option, T value);
  void add_header(const std::string& line);
  std::string fault(CURLcode code) const;
  static std::size_t append(char* data, std::size_t, std::size_t size, void* body);

  const Request& request_;
  Response response_;
  char error_[CURL_ERROR_SIZE] = "";
  std::unique_ptr<curl_slist, Release<curl_slist_free_all>> headers_;
  std::unique_ptr<CURL, Release<curl_easy_cleanup>> easy_;  // the last: released before the others
};

}  // namespace scalehook::upstream
