#include "plugins/log/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>

namespace scalehook::log {
namespace {

constexpr std::chrono::seconds kFirstWord{1};

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, Free>;
using Session = std::unique_ptr<SSL, Free>;

// What OpenSSL has noted last in this thread.
std::string reason() {
  const char* const text = ERR_reason_error_string(ERR_peek_last_error());
  return text ? text : "the connection broke";
}

failure tls(const std::string& what) { return retry("tls", what + ": " + reason()); }

// Repeats an operation that wants the socket to be ready first. What it says is not 1 of a fault.
template <class Operation>
outcome<int> repeated(SSL* session, const Limits& limits, const std::string& in_vain,
                      Operation operation) {
  for (;;) {
    ERR_clear_error();
    const int result = operation();
    if (result > 0) return result;
    const int error = SSL_get_error(session, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return result;
    const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    const auto wait = wait_for(SSL_get_fd(session), events, limits);
    if (wait != Wait::ready) return gave_up(wait, in_vain);
  }
}

class TlsStream : public Stream {
 public:
  TlsStream(Descriptor socket, std::string peer, Session session)
      : Stream(std::move(socket), std::move(peer)), session_(std::move(session)) {}

  // RFC 5425, 4.4: a close_notify, where the session is sound and there is room for it.
  ~TlsStream() override {
    ERR_clear_error();
    if (!broken_) SSL_shutdown(session_.get());
    ERR_clear_error();
  }

  bool closed() override {
    std::array<char, 4096> unwanted{};
    ERR_clear_error();
    const int size = SSL_read(session_.get(), unwanted.data(), unwanted.size());
    if (size > 0) return false;
    const int error = noted(size);
    return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
  }

 protected:
  outcome<done> put(std::string_view data, const Limits& limits) override {
    while (!data.empty()) {
      const auto size = static_cast<int>(std::min<std::size_t>(data.size(), INT_MAX));
      const auto written = repeated(session_.get(), limits, peer() + " took nothing",
                                    [&] { return SSL_write(session_.get(), data.data(), size); });
      if (!written) return written.error();
      if (*written <= 0) {
        noted(*written);
        return retry("write", "cannot send to " + peer() + ": " + reason());
      }
      data.remove_prefix(static_cast<std::size_t>(*written));
    }
    return done{};
  }

 private:
  // SSL_get_error(3). After these two a session must not be used any more, SSL_shutdown(3) says.
  int noted(int result) {
    const int error = SSL_get_error(session_.get(), result);
    broken_ = broken_ || error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
    return error;
  }

  const Session session_;
  bool broken_ = false;
};

// Of a file OpenSSL notes the cause first, and then what it had meant to do.
failure unusable(const char* setting, const std::string& path, const char* expected) {
  const auto error = ERR_peek_error();
  const char* const text = ERR_SYSTEM_ERROR(error) ? std::strerror(ERR_GET_REASON(error))
                                                   : ERR_reason_error_string(error);
  return retry("tls", std::string("/syslog/tls_config/") + setting + ' ' + path +
                          " cannot be used: " + (text ? text : "no reason is known") +
                          "; expected " + expected);
}

// A passphrase is never asked for on the terminal: what has one is refused.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

outcome<Context> make_context(const TlsSettings& settings) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return tls("no TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(),
                     settings.insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  const char* const ca_file = settings.ca_file.c_str();
  if (settings.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_locations(context.get(), ca_file, nullptr) != 1) {
    return unusable("ca_file", settings.ca_file, "PEM (BEGIN CERTIFICATE)");
  }
  if (settings.cert_file.empty()) return context;
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), &asked);
  if (SSL_CTX_use_certificate_chain_file(context.get(), settings.cert_file.c_str()) != 1) {
    return unusable("cert_file", settings.cert_file, "PEM (BEGIN CERTIFICATE)");
  }
  const char* const key_file = settings.key_file.c_str();
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file, SSL_FILETYPE_PEM) != 1) {
    if (asked) {
      return retry("tls", "/syslog/tls_config/key_file " + settings.key_file +
                              " is protected by a passphrase; write it without one");
    }
    return unusable("key_file", settings.key_file, "PEM (BEGIN … KEY) of the key of cert_file");
  }
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), nullptr);  // it ends here
  return context;
}

// Whom the certificate must be of, and the name that the peer is asked for.
bool expect(SSL* session, const std::string& host) {
  auto* const expected = SSL_get0_param(session);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1) return true;
  return SSL_set1_host(session, host.c_str()) == 1 &&
         SSL_set_tlsext_host_name(session, host.c_str()) == 1;
}

}  // namespace

outcome<done> check_files(const TlsSettings& settings) {
  ERR_clear_error();
  const auto context = make_context(settings);
  ERR_clear_error();
  if (!context) return context.error();
  return done{};
}

outcome<std::unique_ptr<Stream>> start_tls(Descriptor socket, const std::string& peer,
                                           const std::string& host, const TlsSettings& settings,
                                           const Limits& limits) {
  ERR_clear_error();
  const auto context = make_context(settings);
  if (!context) return context.error();
  Session session(SSL_new(context->get()));
  if (!session || !expect(session.get(), host) || SSL_set_fd(session.get(), socket.get()) != 1) {
    return tls("no TLS with " + peer);
  }
  SSL_set_mode(session.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const auto connected = repeated(session.get(), limits, peer + " does not answer under TLS",
                                  [&] { return SSL_connect(session.get()); });
  if (!connected) return connected.error();
  if (*connected != 1) {
    const auto verdict = SSL_get_verify_result(session.get());
    if (verdict == X509_V_OK) return tls("no TLS with " + peer);
    return retry("tls", "the certificate of " + peer +
                            " is not trusted: " + X509_verify_cert_error_string(verdict));
  }
  const int fd = socket.get();
  const bool verdict_follows = SSL_version(session.get()) >= TLS1_3_VERSION;
  std::unique_ptr<Stream> stream =
      std::make_unique<TlsStream>(std::move(socket), peer, std::move(session));
  // Since TLS 1.3 a receiver looks at our certificate, or misses it, when for us all is done. What
  // it says then is a ticket or an alert; a few say nothing.
  if (!verdict_follows) return stream;
  const auto wait = wait_for(
      fd, POLLIN,
      {std::min(limits.deadline, std::chrono::steady_clock::now() + kFirstWord), limits.cancel_fd});
  if (wait == Wait::cancelled) return gave_up(wait, peer + " was not heard of");
  if (stream->closed()) return tls(peer + " refused us");
  return stream;
}

}  // namespace scalehook::log
