#include "core/plugin/host.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "core/plugin/text.hpp"

namespace scalehook::plugin {
namespace {

constexpr std::size_t longest_message = 8192;

const Host& self(const scalehook_host* host) { return *static_cast<const Host*>(host); }

spdlog::level::level_enum to_spdlog(std::int32_t level) {
  switch (level) {
    case SCALEHOOK_TRACE:
      return spdlog::level::trace;
    case SCALEHOOK_DEBUG:
      return spdlog::level::debug;
    case SCALEHOOK_INFO:
      return spdlog::level::info;
    case SCALEHOOK_WARN:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

// Nothing may be thrown through the plugin's frames: a failed allocation ends the process.
const void* extension(const scalehook_host*, const char*) noexcept { return nullptr; }

bool log_enabled(const scalehook_host*, std::int32_t level) noexcept {
  return spdlog::should_log(to_spdlog(level));
}

void log(const scalehook_host* host, std::int32_t level, scalehook_text message) noexcept {
  if (!spdlog::should_log(to_spdlog(level))) return;
  spdlog::log(to_spdlog(level), "{}: {}", self(host).name(),
              cleaned(view(message), longest_message));
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
                                      &log,
                                      &setting,
                                      &setting_key};

}  // namespace

Host::Host(std::string name, std::shared_ptr<const boost::json::value> settings)
    : scalehook_host{&host_api}, name_(std::move(name)), settings_(std::move(settings)) {}

}  // namespace scalehook::plugin
