// The host and the calls that a plugin sees in a test. Part of testing.hpp.
#pragma once

#include <scalehook/plugin.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <scalehook/host.hpp>
#include <scalehook/testing/bounds.hpp>
#include <scalehook/testing/document.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::testing {

// How a call ended and what it answered, as the daemon gets it.
struct answer {
  scalehook_status status = SCALEHOOK_FAILED;
  std::string code;
  std::string explanation;
  std::optional<std::int64_t> replicas;
  std::optional<std::int64_t> ready;
  std::optional<std::int64_t> max;
  std::optional<std::chrono::milliseconds> retry_after;
  std::string version;
  std::string uid;
  std::string hold;
};

struct message {
  std::int32_t level = SCALEHOOK_INFO;
  std::string text;
};

namespace detail {

// What the plugin sees as its host: settings, and a log that is kept.
struct host : scalehook_host {
  document settings;
  mutable std::mutex mutex;
  mutable std::vector<message> messages;  // guarded by mutex

  explicit host(const std::vector<entry>& entries)
      : scalehook_host{&functions}, settings{entries} {}

  static const host& self(const scalehook_host* raw) { return static_cast<const host&>(*raw); }
  static const scalehook_host_api functions;
};

// Readable once cancelled.
class cancellation {
 public:
  cancellation() : fd_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}
  ~cancellation() { close(fd_); }
  cancellation(const cancellation&) = delete;
  cancellation& operator=(const cancellation&) = delete;

  void cancel() {
    cancelled_ = true;
    eventfd_write(fd_, 1);
  }
  bool cancelled() const { return cancelled_; }
  int fd() const { return fd_; }

 private:
  std::atomic<bool> cancelled_{false};
  int fd_;
};

enum class purpose { create, read, write, notify };

// What the plugin sees as one call.
struct call : scalehook_call {
  purpose made_for;
  const document& input;
  const cancellation& cancel;
  std::int64_t deadline_ns;
  answer answered;
  std::string refused;  // the first value that is out of bounds

  call(purpose why, const document& behind, const cancellation& cancelled,
       std::chrono::nanoseconds timeout)
      : scalehook_call{&functions},
        made_for{why},
        input{behind},
        cancel{cancelled},
        deadline_ns{(std::chrono::steady_clock::now().time_since_epoch() + timeout).count()} {}

  static const call& self(const scalehook_call* raw) { return static_cast<const call&>(*raw); }
  static call& self(scalehook_call* raw) { return static_cast<call&>(*raw); }

  bool set(std::uint32_t field, std::int64_t value) {
    if (field == SCALEHOOK_RETRY_AFTER_MS) {
      if (value < 0) return refuse("retry-after", std::to_string(value));
      answered.retry_after =
          std::chrono::milliseconds{std::min<std::int64_t>(value, longest_retry_after.count())};
      return true;
    }
    const auto take = [&](const char* name, std::optional<std::int64_t>& place) {
      if (value < 0 || value > most_replicas) return refuse(name, std::to_string(value));
      place = value;
      return true;
    };
    if (made_for == purpose::write && field == SCALEHOOK_REPLICAS) {
      return take("replicas", answered.replicas);
    }
    if (made_for != purpose::read) return false;
    if (field == SCALEHOOK_REPLICAS) return take("replicas", answered.replicas);
    if (field == SCALEHOOK_READY) return take("ready", answered.ready);
    if (field == SCALEHOOK_MAX_REPLICAS) return take("max", answered.max);
    return false;
  }
  bool set(std::uint32_t field, std::string_view value) {
    const bool is_read = made_for == purpose::read;
    const auto take = [&](const char* name, bool is_right, std::string& place) {
      if (!is_right) return refuse(name, mended(value));
      place = value;
      return true;
    };
    if (field == SCALEHOOK_EXPLANATION) {
      answered.explanation = mended(value);
      return true;
    }
    if (field == SCALEHOOK_CODE) return take("code", is_code(value), answered.code);
    if (field == SCALEHOOK_VERSION && (is_read || made_for == purpose::write)) {
      return take("version", is_opaque(value), answered.version);
    }
    if (field == SCALEHOOK_UID && is_read) return take("uid", is_opaque(value), answered.uid);
    if (field == SCALEHOOK_HOLD && is_read) return take("hold", is_hold(value), answered.hold);
    return false;
  }

  // What the daemon makes of it: an answer with something refused is a failure, and nothing else.
  answer finish(scalehook_status status) const {
    std::string fault = refused;
    if (fault.empty() && (status < SCALEHOOK_OK || status > SCALEHOOK_CANCELLED)) {
      fault = "the unknown status " + std::to_string(status);
    }
    if (fault.empty() && made_for == purpose::read && status == SCALEHOOK_OK &&
        !answered.replicas) {
      fault = "ok without replicas";
    }
    answer made;
    if (fault.empty()) {
      made = answered;
      made.status = status;
    } else {
      made.code = "bad-answer";
      made.explanation = "the plugin answered " + fault;
    }
    return made;
  }

  static const scalehook_call_api functions;

 private:
  bool refuse(const char* name, const std::string& value) {
    if (refused.empty()) {
      refused = std::string{"a wrong "} + name + ": " + value +
                "; the bounds are at SCALEHOOK_REPLICAS in plugin.h";
    }
    return false;
  }
};

inline constexpr scalehook_host_api host::functions{
    .struct_size = sizeof(scalehook_host_api),
    .api_version = SCALEHOOK_API_VERSION,
    .extension = [](const scalehook_host*, const char*) -> const void* { return nullptr; },
    .log_enabled = [](const scalehook_host*, std::int32_t) { return true; },
    .log =
        [](const scalehook_host* raw, std::int32_t level, scalehook_text text) {
          const std::lock_guard lock{self(raw).mutex};
          self(raw).messages.push_back({level, std::string{scalehook::detail::view(text)}});
        },
    .setting =
        [](const scalehook_host* raw, scalehook_text pointer, scalehook_value* out) {
          return self(raw).settings.value(scalehook::detail::view(pointer), out);
        },
    .setting_key =
        [](const scalehook_host* raw, scalehook_text pointer, std::size_t index,
           scalehook_text* out) {
          return self(raw).settings.key(scalehook::detail::view(pointer), index, out);
        }};

inline constexpr scalehook_call_api call::functions{
    .struct_size = sizeof(scalehook_call_api),
    .api_version = SCALEHOOK_API_VERSION,
    .input =
        [](const scalehook_call* raw, scalehook_text pointer, scalehook_value* out) {
          return self(raw).input.value(scalehook::detail::view(pointer), out);
        },
    .input_key =
        [](const scalehook_call* raw, scalehook_text pointer, std::size_t index,
           scalehook_text* out) {
          return self(raw).input.key(scalehook::detail::view(pointer), index, out);
        },
    .set_integer = [](scalehook_call* raw, std::uint32_t field,
                      std::int64_t value) { return self(raw).set(field, value); },
    .set_text =
        [](scalehook_call* raw, std::uint32_t field, scalehook_text value) {
          return self(raw).set(field, scalehook::detail::view(value));
        },
    .deadline_ns = [](const scalehook_call* raw) { return self(raw).deadline_ns; },
    .cancelled = [](const scalehook_call* raw) { return self(raw).cancel.cancelled(); },
    .cancel_fd = [](const scalehook_call* raw) { return self(raw).cancel.fd(); }};

}  // namespace detail

}  // namespace scalehook::testing
