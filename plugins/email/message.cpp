#include "plugins/email/message.hpp"

#include "plugins/email/date.hpp"
#include "plugins/email/extra_header.hpp"
#include "plugins/email/html_part.hpp"
#include "plugins/email/mime.hpp"
#include "plugins/email/text_part.hpp"

namespace scalehook::email {
namespace {

// Quoted-printable writes no "=_", so that no part can hold it.
constexpr std::string_view kBoundary = "=_scalehook_part";

std::string part(std::string_view type, std::string_view text) {
  return "--" + std::string(kBoundary) + "\r\nContent-Type: " + std::string(type) +
         "; charset=utf-8\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n"
         "\r\n" +
         quoted_printable(text);
}

}  // namespace

std::string compose(std::span<const Event> events, const Envelope& envelope,
                    const std::vector<std::string>& recipients) {
  auto named = envelope.to;
  if (!needs_smtputf8(envelope.from.address, recipients)) {
    std::erase_if(named, [](const Mailbox& each) { return needs_smtputf8(each.address); });
  }
  const auto time = events.back().time;
  std::string head = "Date: " + to_rfc5322(time, local_zone(time)) + "\r\n" +
                     address_header("From", {envelope.from}) + address_header("To", named) +
                     header("Subject", envelope.subject.of(events)) +
                     "Message-ID: " + message_id(events, envelope.sender()) + "\r\n";
  if (envelope.threading) head += thread_headers(events, envelope.sender());
  for (const auto& [name, value] : envelope.headers) head += extra_header(name, value);
  return head +
         "Auto-Submitted: auto-generated\r\n"
         "MIME-Version: 1.0\r\n"
         "Content-Type: multipart/alternative; boundary=\"" +
         std::string(kBoundary) + "\"\r\n\r\n" + part("text/plain", text_part(events)) +
         part("text/html", html_part(events)) + "--" + std::string(kBoundary) + "--\r\n";
}

}  // namespace scalehook::email
