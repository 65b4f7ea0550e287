// The settings of one notifier.
#pragma once

#include <chrono>
#include <scalehook/plugin.hpp>
#include <string>

#include "plugins/email/message.hpp"
#include "plugins/email/relay.hpp"

namespace scalehook::email {

struct Settings {
  Envelope envelope;
  Relay relay;
  std::string password_file;  // empty: no authentication
  std::chrono::seconds timeout;
};

// Of settings that the schema admits. Throws `invalid`, with the pointer of what is wrong.
Settings read_settings(const host& host);

// The password in the file. A failure is `denied` with the code "password-file".
outcome<std::string> read_password(const std::string& path);

}  // namespace scalehook::email
