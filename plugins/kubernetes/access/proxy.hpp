// The proxy before an API server.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>

namespace scalehook::kubernetes {

// The proxy's URL for a server ("https://host:port…"), empty for none, by the rules of Go's
// net/http (and so of kubectl), which libcurl's own differ from: HTTPS_PROXY or https_proxy, for
// http:// HTTP_PROXY or http_proxy (which is refused where CGI's REQUEST_METHOD is set: a client
// chose it there); never for localhost and loopback addresses, nor for what NO_PROXY or no_proxy
// lists: "*", addresses, CIDR blocks, domains (".domain" without itself), each with ":port" if only
// that is meant. A proxy without a scheme is http.
std::string environment_proxy(const std::string& server);

struct Proxy {
  std::string url;      // as libcurl takes it: SCHEME://HOST:PORT/, with the login, still encoded
  std::string address;  // for people: HOST:PORT
  bool tls = false;     // up to the proxy itself
};

// A proxy's URL. The schemes are Go's: http, https, socks5 and socks5h, in any case; the last two
// are the same: the proxy looks up the server's name, which only it may know. Without a port it is
// 80, 443 or 1080. A failure (invalid, bad-proxy) says what is wrong and what to write, in words to
// follow its place, without quoting it: it may hold a password. A login that decodes to a control
// character is refused.
outcome<Proxy> parse_proxy(const std::string& url);

}  // namespace scalehook::kubernetes
