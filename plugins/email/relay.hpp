// Handing a mail to an SMTP server, over libcurl.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace scalehook::email {

struct Relay {
  std::string smarthost;  // "host:port", the host a name, an IPv4 or a bracketed IPv6 address
  bool implicit_tls{};    // TLS from the first byte, as on port 465; else STARTTLS
  bool require_tls{true};
  std::string hello;     // what EHLO says; empty: this machine's name
  std::string username;  // empty: no authentication
  std::string ca_file;   // PEM; empty: the system's
  bool insecure_skip_verify{};
};

struct Mail {
  std::string from;             // bare addresses, as parse_mailbox leaves them
  std::vector<std::string> to;  // at least one
  std::string content;          // as compose() writes it
};

// One SMTP reply, all of its lines; code 0: there was none.
struct Reply {
  int code{};
  std::string text;
};

// What happened, as facts.
struct Attempt {
  enum class End {
    sent,  // accepted, for the recipients in `accepted`
    cancelled,
    timeout,
    unresolved,   // no address for the host's name
    unreachable,  // no connection
    no_tls,       // TLS is required, and the server does not do STARTTLS
    certificate,  // the server's certificate does not hold
    handshake,    // TLS did not come about otherwise
    ca_file,      // our own CA file cannot be used
    login,        // authentication failed
    no_smtputf8,  // an address needs it, and the server does not offer it
    broken        // anything else; `reply` says more if its code is 400 or above
  };

  End end = End::broken;
  std::string detail;  // libcurl's words
  std::string stage;   // the last command but QUIT, without its argument; empty: before the first
  Reply reply;         // to it; of what is no SMTP the text, with code 0
  Reply farewell;      // its 421, with which a server may close the connection at any time
  std::vector<std::string> accepted;                   // by RCPT TO
  std::vector<std::pair<std::string, Reply>> refused;  // by RCPT TO
};

struct Limits {
  std::chrono::steady_clock::time_point deadline;
  int cancel_fd = -1;  // readable: stop; -1: there is none
};

// Blocks until the mail is accepted or is not, at most until the deadline and one second for the
// farewell; a cancellation is noticed within a second. A name server that does not answer is left
// to libcurl's resolver thread, which ends when resolv.conf says. A refused recipient does not keep
// the mail from the others. Any thread.
Attempt hand_in(const Relay& relay, const std::string& password, const Mail& mail,
                const Limits& limits);

}  // namespace scalehook::email
