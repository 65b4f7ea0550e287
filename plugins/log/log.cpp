// The notifier `log`: one line an event, to stderr or to a file.
#include <algorithm>
#include <scalehook/plugin.hpp>

#include "plugins/log/line.hpp"
#include "plugins/log/output.hpp"

namespace scalehook::log {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kSettings = R"json({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "format": {
      "type": "string",
      "enum": ["logfmt", "json"],
      "default": "logfmt",
      "description": "logfmt: what people look for, as key=value; json: the whole event"
    },
    "output": {
      "type": "string",
      "pattern": "^(stderr|/.+)$",
      "default": "stderr",
      "description": "stderr, or the absolute path of a file, which is appended to and may be rotated at any time"
    }
  }
})json";

class Notifier {
 public:
  static constexpr scalehook::info info{
      .name = "log", .version = PLUGIN_VERSION, .settings = kSettings};

  explicit Notifier(const host& host)
      : json_(host.setting<std::string>("/format", "logfmt") == "json"),
        output_(host.setting<std::string>("/output", "stderr")) {}

  outcome<done> notify(call& call, std::string_view event) {
    const auto line = json_ ? json_line(event) : logfmt_line(event);
    if (!line) return line.error();
    // A little before the deadline, while the host still listens to what the fault was.
    const auto deadline = call.deadline() - std::min(call.remaining() / 10, 200ms);
    return output_.write(*line, deadline, call.cancel_fd());
  }

 private:
  const bool json_;
  Output output_;
};

}  // namespace
}  // namespace scalehook::log

SCALEHOOK_PLUGIN(scalehook::log::Notifier)
