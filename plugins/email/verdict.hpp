// What an attempt to deliver means for the host.
#pragma once

#include <scalehook/plugin.hpp>

#include "plugins/email/relay.hpp"

namespace scalehook::email {

// Done only if every recipient got the mail. A reply of the 400s, a fault of the connection and a
// timeout are worth a retry; a reply of the 500s is not. If some recipients got the mail and others
// not, it is no success either, and the explanation names both. Wrong credentials are `denied`; a
// mail that is refused for what it holds is `invalid`. Codes: "smtp-550" and the like;
// "recipients-deferred" and "recipients-refused" when only some were; "timeout", "connect",
// "resolve", "tls-not-offered", "tls-certificate", "tls-handshake", "tls-ca-file", "auth",
// "smtputf8-not-offered", "smtp-protocol", "cancelled".
outcome<done> judge(const Attempt& attempt, const Relay& relay);

}  // namespace scalehook::email
