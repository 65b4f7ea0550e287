// The notifier `log`: a line, a journal entry or a syslog message for each event.
#include <algorithm>
#include <memory>
#include <scalehook/plugin.hpp>

#include "plugins/log/event.hpp"
#include "plugins/log/file_output.hpp"
#include "plugins/log/journal_output.hpp"
#include "plugins/log/settings.hpp"
#include "plugins/log/syslog_output.hpp"

namespace scalehook::log {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSettings = R"json({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "output": {
      "type": "string",
      "pattern": "^(stdout|stderr|journald?|syslog|/.+)$",
      "default": "stderr",
      "description": "stdout, stderr, journal, syslog, or the absolute path of a file, which is appended to and may be rotated at any time"
    },
    "format": {
      "type": "string",
      "enum": ["logfmt", "json", "text"],
      "description": "logfmt: what people look for, as key=value; json: the whole event; text: a sentence, for syslog. Default: logfmt, for syslog text"
    },
    "syslog": {
      "type": "object",
      "additionalProperties": false,
      "description": "With output: syslog, where the messages go and what they say of themselves",
      "properties": {
        "address": {
          "type": "string",
          "description": "/dev/log (the default) or another socket's path, unix:///path, udp://host:port, tcp://host:port or tls://host:port"
        },
        "tls_config": {
          "type": "object",
          "additionalProperties": false,
          "description": "With an address tls://host:port, how the certificates are checked and which one is ours",
          "properties": {
            "ca_file": {
              "type": "string",
              "pattern": "^/",
              "description": "PEM file of the CAs to trust, in place of the system's"
            },
            "cert_file": {
              "type": "string",
              "pattern": "^/",
              "description": "PEM file of our own certificate, for receivers that ask for one"
            },
            "key_file": {
              "type": "string",
              "pattern": "^/",
              "description": "PEM file of its key, without a passphrase"
            },
            "insecure_skip_verify": {
              "type": "boolean",
              "description": "Take any certificate; false unless said otherwise"
            }
          }
        },
        "facility": {
          "type": "string",
          "enum": ["user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
          "description": "daemon unless said otherwise"
        },
        "app_name": {
          "type": "string",
          "pattern": "^[!-~]{1,48}$",
          "description": "APP-NAME; scalehook unless said otherwise"
        },
        "hostname": {
          "type": "string",
          "pattern": "^[!-~]{1,255}$",
          "description": "HOSTNAME; this machine's unless said otherwise"
        },
        "enterprise_number": {
          "type": "integer",
          "minimum": 1,
          "maximum": 2147483647,
          "description": "The structured data is scalehook@<this>: your organisation's number at IANA; 32473 unless said otherwise"
        },
        "max_size": {
          "type": "integer",
          "minimum": 480,
          "maximum": 65000,
          "description": "Of a message, in bytes; 2048 over UDP, else 8192. The end of what is longer is left out"
        }
      }
    }
  }
})json";

std::unique_ptr<Output> make_output(const Settings& settings, const std::string& instance) {
  if (settings.output == "journal") return std::make_unique<JournalOutput>(instance);
  if (settings.output == "syslog") {
    return std::make_unique<SyslogOutput>(settings.address, settings.tls, settings.origin,
                                          settings.format);
  }
  return std::make_unique<FileOutput>(settings.output, settings.format);
}

class Notifier {
 public:
  static constexpr scalehook::info info{
      .name = "log", .version = PLUGIN_VERSION, .settings = kSettings};

  explicit Notifier(const host& host) : output_(make_output(read_settings(host), host.name())) {}

  outcome<done> notify(call& call, std::string_view json) {
    const auto event = parse_event(json);
    if (!event) return event.error();
    // A little before the deadline, while the host still listens to what the fault was.
    const auto deadline = call.deadline() - std::min(call.remaining() / 10, 200ms);
    return output_->write(*event, {deadline, call.cancel_fd()});
  }

 private:
  const std::unique_ptr<Output> output_;
};

}  // namespace
}  // namespace scalehook::log

SCALEHOOK_PLUGIN(scalehook::log::Notifier)
