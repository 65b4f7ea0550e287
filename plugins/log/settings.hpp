// What the configuration says of one notifier `log`.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>

#include "plugins/log/address.hpp"
#include "plugins/log/line.hpp"
#include "plugins/log/syslog_message.hpp"
#include "plugins/log/tls_stream.hpp"

namespace scalehook::log {

struct Settings {
  std::string output;  // "stdout", "stderr", "journal", "syslog" or an absolute path
  Format format = Format::logfmt;
  Address address;  // of a syslog receiver
  TlsSettings tls;  // to it
  Origin origin;    // of the messages for it
};

// Settings that the schema has let through. Throws `invalid`, naming the setting and what to write,
// where they do not go together, or a file that they name cannot be used.
Settings read_settings(const host& host);

}  // namespace scalehook::log
