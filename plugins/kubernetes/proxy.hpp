// The proxy before an API server.
#pragma once

#include <optional>
#include <string>

namespace scalehook::kubernetes {

// The proxy's URL for a server ("https://host:port…"), empty for none, by the rules of Go's
// net/http (and so of kubectl), which libcurl's own differ from: HTTPS_PROXY or https_proxy, for
// http:// HTTP_PROXY or http_proxy (which is refused where CGI's REQUEST_METHOD is set: a client
// chose it there); never for localhost and loopback addresses, nor for what NO_PROXY or no_proxy
// lists: "*", addresses, CIDR blocks, domains (".domain" without itself), each with ":port" if only
// that is meant. A proxy without a scheme is http.
std::string environment_proxy(const std::string& server);

// What is wrong with a proxy's URL, in words to follow its place, without quoting it: it may hold a
// password. The schemes are client-go's: http, https and socks5.
std::optional<std::string> fault_in_proxy(const std::string& url);

}  // namespace scalehook::kubernetes
