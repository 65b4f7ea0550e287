#include "plugins/email/verdict.hpp"

#include <algorithm>

namespace scalehook::email {
namespace {

bool passing(int code) { return code / 100 == 4; }

bool about_credentials(int code) {
  return code == 530 || code == 534 || code == 535 || code == 538;
}

std::string text(const Reply& reply) {
  return std::to_string(reply.code) + (reply.text.empty() ? "" : ' ' + reply.text);
}

std::string joined(const std::vector<std::string>& addresses) {
  std::string result;
  for (const auto& address : addresses) result += (result.empty() ? "" : ", ") + address;
  return result;
}

std::string refusals(const Attempt& attempt) {
  std::string result;
  for (const auto& [recipient, reply] : attempt.refused) {
    result += (result.empty() ? "" : "; ") + recipient + ": " + text(reply);
  }
  return result;
}

// At least one recipient was refused.
failure judge_recipients(const Attempt& attempt, const Relay& relay) {
  const bool some = attempt.end == Attempt::End::sent;
  const auto later = std::find_if(attempt.refused.begin(), attempt.refused.end(),
                                  [](const auto& one) { return passing(one.second.code); });
  const auto explanation =
      relay.smarthost +
      (some ? " took the mail for " + joined(attempt.accepted) + " but not for "
            : " did not take the mail for ") +
      refusals(attempt);
  if (later != attempt.refused.end()) {
    return retry(some ? "recipients-deferred" : "smtp-" + std::to_string(later->second.code),
                 explanation);
  }
  const int code = attempt.refused.back().second.code;
  if (about_credentials(code)) return denied("smtp-" + std::to_string(code), explanation);
  const std::string remedy =
      relay.username.empty() && !some ? ", or log in with /username and /password_file" : "";
  return failed(some ? "recipients-refused" : "smtp-" + std::to_string(code),
                explanation + "; correct /to in the notifier's settings" + remedy);
}

failure judge_reply(const Attempt& attempt, const Relay& relay) {
  const int number = attempt.reply.code;
  const auto code = "smtp-" + std::to_string(number);
  const auto what = attempt.stage.empty() ? std::string("the connection") : attempt.stage;
  const auto explanation = relay.smarthost + " refused " + what + ": " + text(attempt.reply);
  if (passing(number)) return retry(code, explanation);
  if (about_credentials(number)) {
    return denied(code, explanation + "; see /username and /password_file in the settings");
  }
  // What the mail holds is refused: of a group, for another of its events perhaps. Its size is told
  // with the sender already (RFC 1870, section 6.1).
  const bool too_large = attempt.stage == "MAIL FROM" && number == 552;
  if (attempt.stage == "DATA" || too_large) return invalid(code, explanation);
  return failed(code, explanation);
}

// What a peer said that speaks another protocol.
std::string no_smtp(const Attempt& attempt) {
  const auto& reply = attempt.reply;
  if (reply.code != 0 || reply.text.empty()) return {};
  return "; it says \"" + reply.text + "\", which is no SMTP: see the port in /smarthost";
}

failure judge_login(const Attempt& attempt, const Relay& relay) {
  const auto& reply = attempt.reply;
  if (attempt.stage != "AUTH") {
    return denied("auth", relay.smarthost +
                              " offers no way to log in that scalehook knows: AUTH PLAIN or LOGIN");
  }
  const bool replied = reply.code >= 400;
  if (replied && passing(reply.code)) return judge_reply(attempt, relay);
  return denied(replied ? "smtp-" + std::to_string(reply.code) : "auth",
                relay.smarthost +
                    " did not accept the credentials: " + (replied ? text(reply) : attempt.detail) +
                    "; see /username and /password_file in the settings");
}

}  // namespace

outcome<done> judge(const Attempt& attempt, const Relay& relay) {
  using End = Attempt::End;
  const auto& host = relay.smarthost;
  const bool replied = attempt.reply.code >= 400;
  switch (attempt.end) {
    case End::sent:
      if (!attempt.refused.empty()) return judge_recipients(attempt, relay);
      return done{.version = {}, .explanation = host + " took the mail: " + text(attempt.reply)};
    case End::cancelled:
      return cancelled("the delivery to " + host + " was cancelled");
    case End::timeout:
      return retry("timeout", host + " did not answer in time" +
                                  (attempt.stage.empty() ? "" : " (to " + attempt.stage + ")") +
                                  ": " + attempt.detail + no_smtp(attempt));
    case End::unresolved:
      return retry("resolve", "no address for " + host + ": " + attempt.detail);
    case End::unreachable:
      return retry("connect", "no connection to " + host + ": " + attempt.detail);
    case End::no_tls:
      if (replied && passing(attempt.reply.code)) return judge_reply(attempt, relay);
      return failed("tls-not-offered", host +
                                           " does not offer STARTTLS, and /require_tls is true: "
                                           "use a port that does, or force_implicit_tls");
    case End::certificate:
      return failed("tls-certificate", "the certificate of " + host +
                                           " does not hold: " + attempt.detail +
                                           "; name its CA in /tls_config/ca_file, or correct the "
                                           "host's name in /smarthost");
    case End::handshake:
      return retry("tls-handshake", "TLS with " + host + " failed: " + attempt.detail);
    case End::ca_file:
      return failed("tls-ca-file", "no TLS with " + host + ": /tls_config/ca_file " +
                                       relay.ca_file + " cannot be used: " + attempt.detail);
    case End::login:
      return judge_login(attempt, relay);
    case End::no_smtputf8:
      return failed("smtputf8-not-offered",
                    host +
                        " does not offer SMTPUTF8, which an address of /from or /to needs: "
                        "write it in ASCII before its '@', or use a server that does");
    case End::broken:
      break;
  }
  if (attempt.stage == "RCPT TO" && !attempt.refused.empty() && attempt.accepted.empty()) {
    return judge_recipients(attempt, relay);
  }
  if (replied) return judge_reply(attempt, relay);
  const auto broke = "the connection to " + host + " broke" +
                     (attempt.stage.empty() ? "" : " after " + attempt.stage) + ": ";
  if (attempt.farewell.code != 0) return retry("smtp-421", broke + text(attempt.farewell));
  return retry("smtp-protocol", broke + attempt.detail + no_smtp(attempt));
}

}  // namespace scalehook::email
