#include "plugins/kubernetes/transport/transfer.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

#include "plugins/kubernetes/access/proxy.hpp"
#include "plugins/kubernetes/transport/impersonation.hpp"

namespace scalehook::kubernetes {
namespace {

constexpr std::size_t max_body = std::size_t{64} << 20;

// Not inherited by what another plugin or the daemon may start.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  const std::string result{text};
  curl_free(text);
  return result;
}

long number(CURL* easy, CURLINFO which) {
  long value = 0;
  curl_easy_getinfo(easy, which, &value);
  return value;
}

// What a proxy says of us, and of whom we want to reach through it.
bool refuses_login(CURL* easy) {
  const long http = number(easy, CURLINFO_HTTP_CONNECTCODE);
  const long socks = number(easy, CURLINFO_PROXY_ERROR);
  return http == 401 || http == 407 || socks == CURLPX_USER_REJECTED || socks == CURLPX_NO_AUTH;
}

bool refuses_server(CURL* easy) {
  return number(easy, CURLINFO_HTTP_CONNECTCODE) == 403 ||
         number(easy, CURLINFO_PROXY_ERROR) == CURLPX_REPLY_NOT_ALLOWED;
}

}  // namespace

template <class T>
void Transfer::set(CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc{};
  // A libcurl without an option we rely on (TLS, say) must not pass for one that has it.
  if (code != CURLE_OK) throw failed("libcurl", curl_easy_strerror(code));
}

void Transfer::set_blob(CURLoption option, const std::string& text) {
  curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
  set(option, &blob);
}

void Transfer::add(List& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) throw std::bad_alloc{};
  static_cast<void>(list.release());
  list.reset(longer);
}

std::size_t Transfer::append(char* data, std::size_t, std::size_t size, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size > max_body) return 0;
  text.append(data, size);
  return size;
}

// libcurl sends a request again whose connection, used before, breaks before it answers. A change
// may have been made all the same: sent again it would find its own version gone, and pass for
// another writer's.
int Transfer::send_once(void* transfer, char*, char*, int, int) {
  auto& self = *static_cast<Transfer*>(transfer);
  const bool again = std::exchange(self.sent_, true);
  return again && self.request_.method != "GET" ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

Transfer::Transfer(const Access& access, const Secrets& secrets, const Request& request)
    : access_{access},
      secrets_{secrets},
      request_{request},
      url_{curl_url()},
      easy_{curl_easy_init()} {
  if (!url_ || !easy_) throw std::bad_alloc{};
  set_address();
  set_tls();
  set_headers();
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  // A look-up that hangs is left to its own thread; else giving up would wait for it.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (!request_.body.empty()) {
    set(CURLOPT_POSTFIELDS, request_.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  set(CURLOPT_PREREQFUNCTION, &send_once);
  set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &append);
  set(CURLOPT_WRITEDATA, &answer_.body);
  set(CURLOPT_ERRORBUFFER, error_);
}

void Transfer::set_address() {
  const std::string address = access_.server + request_.path;
  if (curl_url_set(url_.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) {
    throw invalid("bad-address", fmt::format("\"{}\" is not an address", address));
  }
  server_ = fmt::format("{}:{}", part(url_.get(), CURLUPART_HOST),
                        part(url_.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
  if (!access_.tls_server_name.empty() && access_.server.starts_with("https://")) {
    // libcurl checks the certificate against the address, so that gets the name expected there,
    // and libcurl is told apart where to connect to, and what a proxy is to know the server by.
    const std::string port = part(url_.get(), CURLUPART_PORT);
    add(headers_, fmt::format("Host: {}{}{}", part(url_.get(), CURLUPART_HOST),
                              port.empty() ? "" : ":", port));
    add(connect_to_, "::" + server_);
    const std::string host = url_host(access_.tls_server_name);
    if (curl_url_set(url_.get(), CURLUPART_HOST, host.c_str(), 0) != CURLUE_OK) {
      throw invalid("bad-address", "`tls-server-name` is no name of a host");
    }
    set(CURLOPT_CONNECT_TO, connect_to_.get());
  }
  set(CURLOPT_CURLU, url_.get());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set_proxy();
}

// As Go: an empty proxy is none, whatever libcurl would read from the environment itself, and
// NO_PROXY says nothing about the `proxy-url` of a kubeconfig.
void Transfer::set_proxy() {
  const std::string text =
      access_.proxy.empty() ? environment_proxy(access_.server) : access_.proxy;
  if (!text.empty()) {
    auto proxy = parse_proxy(text);
    if (!proxy) {
      throw invalid("bad-proxy",
                    (access_.proxy.empty() ? "the proxy that the environment names (HTTPS_PROXY) "
                                           : "`proxy-url` ") +
                        proxy.error().explanation);
    }
    proxy_ = *std::move(proxy);
  }
  set(CURLOPT_PROXY, proxy_.url.c_str());
  set(CURLOPT_NOPROXY, "");
  if (!proxy_.tls) return;
  set(CURLOPT_PROXY_SSL_VERIFYPEER, access_.insecure_skip_tls_verify ? 0L : 1L);
  set(CURLOPT_PROXY_SSL_VERIFYHOST, access_.insecure_skip_tls_verify ? 0L : 2L);
  if (secrets_.authority.empty()) return;
  set_blob(CURLOPT_PROXY_CAINFO_BLOB, secrets_.authority);
  set(CURLOPT_PROXY_CAPATH, static_cast<char*>(nullptr));
}

void Transfer::set_tls() {
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, access_.insecure_skip_tls_verify ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, access_.insecure_skip_tls_verify ? 0L : 2L);
  if (!secrets_.authority.empty()) {
    set_blob(CURLOPT_CAINFO_BLOB, secrets_.authority);
    // Else the system's authorities would be trusted beside the cluster's own.
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  if (!secrets_.certificate.empty()) {
    set_blob(CURLOPT_SSLCERT_BLOB, secrets_.certificate);
    set_blob(CURLOPT_SSLKEY_BLOB, secrets_.key);
  }
}

void Transfer::set_headers() {
  add(headers_, "Accept: application/json");
  if (!request_.body.empty()) add(headers_, "Content-Type: " + request_.content_type);
  // Never in clear; load_kubeconfig refuses the pair.
  const bool tls = access_.server.starts_with("https://");
  if (tls && !secrets_.token.empty()) {
    add(headers_, "Authorization: Bearer " + secrets_.token);
  } else if (tls && !access_.login.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, access_.login.user.c_str());
    set(CURLOPT_PASSWORD, access_.login.password.c_str());
  }
  for (const std::string& line : header_lines(access_.impersonation)) add(headers_, line);
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // none of them for a proxy
  set(CURLOPT_USERAGENT, "scalehook/" SCALEHOOK_RELEASE);
}

outcome<Answer> Transfer::result(CURLcode code) {
  if (code != CURLE_OK) return no_answer(code);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  curl_header* header = nullptr;
  if (curl_easy_header(easy_.get(), "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
    answer_.retry_after = parse_retry_after(header->value, std::chrono::system_clock::now());
  }
  return std::move(answer_);
}

failure Transfer::timed_out(std::chrono::duration<double> seconds) const {
  curl_off_t connected = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &connected);
  return retry("timeout",
               fmt::format("the API server {} {} within {:.1f} s", access_.server,
                           connected > 0 ? "did not answer " + request_.method : "was not reached",
                           seconds.count()));
}

// A proxy is the one to blame for all that happens before it has let us through; a proxy of HTTP
// says with a status that it has, one of SOCKS has errors of its own.
std::string Transfer::peer(CURLcode code) const {
  const bool proxy = code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT ||
                     (proxy_.tls && number(easy_.get(), CURLINFO_HTTP_CONNECTCODE) == 0);
  const std::string server = "the API server " + access_.server;
  return proxy && !proxy_.url.empty()
             ? fmt::format("the proxy {} before {}", proxy_.address, server)
             : server;
}

failure Transfer::refused_by_proxy(const std::string& reason) const {
  const std::string proxy = fmt::format("the proxy {}", proxy_.address);
  if (refuses_login(easy_.get())) {
    return denied("proxy-denied",
                  fmt::format("{} before the API server {} refuses us: {}; check the user and "
                              "password in the proxy's address",
                              proxy, access_.server, reason));
  }
  return denied(
      "proxy-denied",
      fmt::format("{} does not let us to {}: {}; allow CONNECT to it there, or {}", proxy, server_,
                  reason,
                  access_.proxy.empty() ? "list it in NO_PROXY"
                                        : "remove `proxy-url` if it is reached without one"));
}

failure Transfer::no_answer(CURLcode code) const {
  const std::string& server = access_.server;
  const std::string reason = *error_ ? error_ : curl_easy_strerror(code);
  if (refuses_login(easy_.get()) || refuses_server(easy_.get())) return refused_by_proxy(reason);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return retry("dns", fmt::format("no address for {}: {}", peer(code), reason));
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return retry("unreachable", fmt::format("{} cannot be reached: {}", peer(code), reason));
    case CURLE_OPERATION_TIMEDOUT:
      return retry("timeout", fmt::format("the API server {} timed out: {}", server, reason));
    case CURLE_SSL_CONNECT_ERROR:  // it may have been reset while shaking hands
      return retry("tls", fmt::format("no TLS with {}: {}", peer(code), reason));
    case CURLE_PEER_FAILED_VERIFICATION:
      return failed("tls", fmt::format("the certificate of {} is not trusted: {}; check "
                                       "certificate-authority and the address",
                                       peer(code), reason));
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return failed("tls", fmt::format("no TLS with {}: {}", peer(code), reason));
    case CURLE_WRITE_ERROR:
      return failed("too-large",
                    fmt::format("the API server {} answered more than 64 MiB", server));
    case CURLE_ABORTED_BY_CALLBACK:
      return retry("connection-lost",
                   fmt::format("the connection to the API server {} broke before it answered {}",
                               server, request_.method));
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      // In TLS 1.3 the server sees our certificate, or that there is none, after we took it for
      // connected.
      if (reason.find(" alert ") != std::string::npos) {
        return retry("tls", fmt::format("the API server {} ended TLS: {}; check the client "
                                        "certificate",
                                        server, reason));
      }
      break;
    case CURLE_OUT_OF_MEMORY:
      throw std::bad_alloc{};
    default:
      break;
  }
  return retry("connection-lost",
               fmt::format("the connection to the API server {} broke: {}", server, reason));
}

std::optional<std::chrono::milliseconds> parse_retry_after(
    const std::string& text, std::chrono::system_clock::time_point now) {
  constexpr std::int64_t longest = 86'400;
  std::int64_t seconds = longest;  // what does not fit into 64 bits is certainly longer
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  } else {
    const std::time_t date = curl_getdate(text.c_str(), nullptr);
    if (date < 0) return std::nullopt;
    seconds = date - std::chrono::system_clock::to_time_t(now);
  }
  return std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, longest)};
}

}  // namespace scalehook::kubernetes
