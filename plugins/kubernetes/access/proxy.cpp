#include "plugins/kubernetes/access/proxy.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace scalehook::kubernetes {
namespace {

std::string environment(const char* upper, const char* lower) {
  for (const char* const name : {upper, lower}) {
    const char* const value = std::getenv(name);
    if (value && *value) return value;
  }
  return {};
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// As an address of IPv6, which holds those of IPv4 too.
using Address = std::array<unsigned char, 16>;

std::optional<Address> address_of(std::string text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  Address address{};
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xFF;
  if (::inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

bool is_loopback(const Address& address) {
  constexpr Address v6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const bool v4 =
      std::all_of(address.begin(), address.begin() + 10, [](auto b) { return b == 0; }) &&
      address[10] == 0xFF && address[11] == 0xFF;
  return address == v6 || (v4 && address[12] == 127);
}

struct Server {
  std::string host, port;
  std::optional<Address> address;
};

bool in_block(const Address& address, const std::string& block) {
  const std::size_t slash = block.find('/');
  const auto base = address_of(block.substr(0, slash));
  if (!base) return false;
  std::size_t bits = 0;
  const char* const end = block.data() + block.size();
  const auto [stop, error] = std::from_chars(block.data() + slash + 1, end, bits);
  if (error != std::errc{} || stop != end) return false;
  if (block.find(':') == std::string::npos) bits += 96;
  if (bits > 128) return false;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80 >> bit % 8);
    if ((address[bit / 8] & mask) != ((*base)[bit / 8] & mask)) return false;
  }
  return true;
}

bool excepts(std::string entry, const Server& server) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string::npos) {
    return server.address && in_block(*server.address, entry);
  }
  const std::size_t colon = entry.rfind(':');
  const bool port = colon != std::string::npos && !address_of(entry);
  if (port && entry.substr(colon + 1) != server.port) return false;
  if (port) entry.resize(colon);
  if (const auto address = address_of(entry)) return server.address == address;
  if (entry.starts_with("*.")) entry.erase(0, 1);
  if (entry.empty()) return false;
  const bool itself = !entry.starts_with('.');
  if (itself && server.host == entry) return true;
  return server.host.ends_with(itself ? "." + entry : entry);
}

bool excepts_any(const std::string& list, const Server& server) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::string entry = lower_case(list.substr(begin, end - begin));
    entry.erase(0, entry.find_first_not_of(' '));
    entry.erase(entry.find_last_not_of(' ') + 1);
    if (!entry.empty() && excepts(entry, server)) return true;
    begin = end + 1;
  }
  return false;
}

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::optional<std::string> part(const Url& url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return std::nullopt;
  std::string result{text};
  curl_free(text);
  return result;
}

std::optional<Server> parse(const std::string& text) {
  const Url url{curl_url(), &curl_url_cleanup};
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  Server server{lower_case(part(url, CURLUPART_HOST, 0).value_or("")),
                part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or(""), std::nullopt};
  server.address = address_of(server.host);
  return server;
}

// libcurl goes without the proxy, and says nothing, where it cannot decode its login.
bool has_bad_login(const Url& url) {
  return std::ranges::any_of(std::array{CURLUPART_USER, CURLUPART_PASSWORD}, [&](CURLUPart which) {
    return part(url, which, 0) && !part(url, which, CURLU_URLDECODE);
  });
}

}  // namespace

std::string environment_proxy(const std::string& server) {
  const bool tls = server.starts_with("https://");
  std::string proxy =
      tls ? environment("HTTPS_PROXY", "https_proxy") : environment("HTTP_PROXY", "http_proxy");
  if (proxy.empty() || (!tls && std::getenv("REQUEST_METHOD"))) return {};
  const auto parsed = parse(server);
  if (!parsed || parsed->host == "localhost") return {};
  if (parsed->address && is_loopback(*parsed->address)) return {};
  if (excepts_any(environment("NO_PROXY", "no_proxy"), *parsed)) return {};
  return proxy.find("://") == std::string::npos ? "http://" + proxy : proxy;
}

outcome<Proxy> parse_proxy(const std::string& text) {
  const auto bad = [](const std::string& why) {
    return invalid("bad-proxy",
                   why +
                       "; write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, with "
                       "USER:PASSWORD@ before HOST if it asks for one");
  };
  // For libcurl http:// has SOCKS' port; for Go, its own.
  constexpr std::array<std::array<const char*, 3>, 4> schemes{{{"http", "http", "80"},
                                                               {"https", "https", "443"},
                                                               {"socks5", "socks5h", "1080"},
                                                               {"socks5h", "socks5h", "1080"}}};
  const Url url{curl_url(), &curl_url_cleanup};
  constexpr unsigned any_scheme = CURLU_NON_SUPPORT_SCHEME;
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), any_scheme);
  if (code != CURLUE_OK) {
    return bad(fmt::format("is not an address: {}", curl_url_strerror(code)));
  }
  const auto scheme = std::ranges::find_if(
      schemes,
      [name = part(url, CURLUPART_SCHEME, 0)](const auto& each) { return name == each[0]; });
  if (scheme == schemes.end()) return bad("has another scheme");
  if (has_bad_login(url)) return bad("has a control character in its login");
  curl_url_set(url.get(), CURLUPART_SCHEME, (*scheme)[1], any_scheme);
  if (!part(url, CURLUPART_PORT, 0)) curl_url_set(url.get(), CURLUPART_PORT, (*scheme)[2], 0);
  for (const CURLUPart rest : {CURLUPART_PATH, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
    curl_url_set(url.get(), rest, nullptr, 0);
  }
  return Proxy{part(url, CURLUPART_URL, any_scheme).value(),
               fmt::format("{}:{}", part(url, CURLUPART_HOST, 0).value(),
                           part(url, CURLUPART_PORT, 0).value()),
               std::string_view{(*scheme)[0]} == "https"};
}

}  // namespace scalehook::kubernetes
