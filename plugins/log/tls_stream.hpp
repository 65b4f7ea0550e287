// A connection to a syslog receiver under TLS (RFC 5425).
#pragma once

#include <memory>
#include <string>

#include "plugins/log/stream.hpp"

namespace scalehook::log {

struct TlsSettings {
  std::string ca_file;    // PEM, in place of the system's; empty: those
  std::string cert_file;  // PEM, the client's own; empty: it has none
  std::string key_file;   // PEM; given if and only if cert_file is, and without a passphrase
  bool insecure_skip_verify = false;
};

// Can these files be used now? A failure is as that of start_tls.
outcome<done> check_files(const TlsSettings& settings);

// TLS 1.2 or later over a connected socket. The certificate must be valid for `host`, a name or an
// IP address. The files are read at each call, so that they may be renewed. A failure is `retry`
// with the code "tls" or "timeout", and names the setting and its file, or what the certificate
// lacks.
outcome<std::unique_ptr<Stream>> start_tls(Descriptor socket, const std::string& peer,
                                           const std::string& host, const TlsSettings& settings,
                                           const Limits& limits);

}  // namespace scalehook::log
