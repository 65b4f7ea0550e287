// One conversation with an SMTP server: what libcurl calls back for.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/relay.hpp"

namespace scalehook::email {

// Gives libcurl the mail, stops it when the call is cancelled, and writes down in the attempt what
// libcurl does not tell: which recipient was refused, by which reply in whose words.
class Dialogue {
 public:
  // Sets itself up in `curl`. All it is given must outlive it, and it must outlive the transfer.
  Dialogue(CURL* curl, const Limits& limits, const Mail& mail, const std::string& password,
           Attempt& attempt);
  // Whether it broke the conversation off, for an address needs SMTPUTF8 and the server has none.
  bool lacked_smtputf8() const { return lacked_smtputf8_; }

  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;

 private:
  static int listen(CURL*, curl_infotype type, char* data, std::size_t size, void* self);
  static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self);
  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* address);
  static int close(void* self, curl_socket_t fd);

  void said(std::string_view line);
  void heard(std::string_view line);
  void part();
  std::string without_secrets(std::string text) const;

  CURL* curl_;
  const Limits& limits_;
  const Mail& mail_;
  std::string_view unsent_;
  Attempt& attempt_;
  std::vector<int> sockets_;          // open ones; several while libcurl tries a host's addresses
  std::string recipient_;             // of the last RCPT TO
  std::vector<std::string> secrets_;  // the password, in each form it was sent
  bool last_line_ = true;             // the next line begins a reply
  bool parted_ = false;
  bool lacked_smtputf8_ = false;
};

}  // namespace scalehook::email
