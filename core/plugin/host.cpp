#include "core/plugin/host.hpp"

#include <utility>

#include "core/plugin/text.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::plugin {
namespace {

constexpr std::size_t longest_message = 8192;

const Host& self(const scalehook_host* host) { return *static_cast<const Host*>(host); }

log::Level to_level(std::int32_t level) {
  switch (level) {
    case SCALEHOOK_TRACE:
    case SCALEHOOK_DEBUG:
      return log::Level::debug;
    case SCALEHOOK_INFO:
      return log::Level::info;
    case SCALEHOOK_WARN:
      return log::Level::warn;
    default:
      return log::Level::error;
  }
}

// Nothing may be thrown through the plugin's frames: a failed allocation ends the process.
const void* extension(const scalehook_host*, const char*) noexcept { return nullptr; }

bool log_enabled(const scalehook_host*, std::int32_t level) noexcept {
  return log::enabled(to_level(level));
}

void write_line(const scalehook_host* host, std::int32_t level, scalehook_text message) noexcept {
  if (!log_enabled(host, level)) return;
  log::write(to_level(level), cleaned(view(message), longest_message),
             {{"instance", self(host).name()}});
}

bool setting(const scalehook_host* host, scalehook_text pointer, scalehook_value* out) noexcept {
  return self(host).settings().get(pointer, out);
}

bool setting_key(const scalehook_host* host, scalehook_text pointer, std::size_t index,
                 scalehook_text* out) noexcept {
  return self(host).settings().key(pointer, index, out);
}

constexpr scalehook_host_api host_api{sizeof(scalehook_host_api),
                                      SCALEHOOK_API_VERSION,
                                      &extension,
                                      &log_enabled,
                                      &write_line,
                                      &setting,
                                      &setting_key};

}  // namespace

Host::Host(std::string name, std::shared_ptr<const boost::json::value> settings)
    : scalehook_host{&host_api}, name_(std::move(name)), settings_(std::move(settings)) {}

}  // namespace scalehook::plugin
