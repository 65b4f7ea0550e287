#include "core/plugin/call.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/plugin/text.hpp"

namespace scalehook::plugin {
namespace {

constexpr std::size_t longest_explanation = 4096;
constexpr std::size_t longest_opaque = 4096;  // version, uid
constexpr std::size_t longest_code = 64;
constexpr std::int64_t most_replicas = std::numeric_limits<std::int32_t>::max();
constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours(24);

Call& self(scalehook_call* call) { return *static_cast<Call*>(call); }
const Call& self(const scalehook_call* call) { return *static_cast<const Call*>(call); }

// Nothing may be thrown through the plugin's frames: a failed allocation ends the process.
bool input(const scalehook_call* call, scalehook_text pointer, scalehook_value* out) noexcept {
  return self(call).input().get(pointer, out);
}
bool input_key(const scalehook_call* call, scalehook_text pointer, std::size_t index,
               scalehook_text* out) noexcept {
  return self(call).input().key(pointer, index, out);
}
bool set_integer(scalehook_call* call, std::uint32_t field, std::int64_t value) noexcept {
  return self(call).set_integer(field, value);
}
bool set_text(scalehook_call* call, std::uint32_t field, scalehook_text value) noexcept {
  return self(call).set_text(field, view(value));
}
std::int64_t deadline_ns(const scalehook_call* call) noexcept { return self(call).deadline_ns(); }
bool cancelled(const scalehook_call* call) noexcept { return self(call).is_cancelled(); }
int cancel_fd(const scalehook_call* call) noexcept { return self(call).cancel_fd(); }

constexpr scalehook_call_api call_api{sizeof(scalehook_call_api),
                                      SCALEHOOK_API_VERSION,
                                      &input,
                                      &input_key,
                                      &set_integer,
                                      &set_text,
                                      &deadline_ns,
                                      &cancelled,
                                      &cancel_fd};

bool is_code(std::string_view code) {
  return code.size() <= longest_code && std::ranges::all_of(code, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

std::string_view to_text(CallKind kind) {
  constexpr std::string_view texts[] = {"create", "read", "write", "notify"};
  return texts[static_cast<std::size_t>(kind)];
}

Call::Call(CallKind kind, Input input, Deadline deadline)
    : scalehook_call{&call_api}, kind_(kind), input_(std::move(input)), deadline_(deadline) {}

Call::~Call() {
  if (event_ >= 0) close(event_);
}

void Call::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (event_ >= 0) eventfd_write(event_, 1);
}

bool Call::is_cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

int Call::cancel_fd() const {
  const std::lock_guard lock(mutex_);
  if (event_ < 0) event_ = eventfd(cancelled_ ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
  return event_;
}

std::int64_t Call::deadline_ns() const {
  // steady_clock is CLOCK_MONOTONIC in nanoseconds in both libstdc++ and libc++ on Linux.
  return std::chrono::duration_cast<std::chrono::nanoseconds>(deadline_.time_since_epoch()).count();
}

bool Call::complain(std::string what) {
  if (complaint_.empty()) complaint_ = std::move(what);
  return false;
}

bool Call::set_integer(std::uint32_t field, std::int64_t value) {
  const auto count = [&](std::string_view name, std::optional<std::int64_t>& place) {
    if (value < 0 || value > most_replicas) {
      return complain(fmt::format("{} {}, which is not 0 to {}", name, value, most_replicas));
    }
    place = value;
    return true;
  };
  const bool has_state = kind_ == CallKind::read;
  if (field == SCALEHOOK_REPLICAS && (has_state || kind_ == CallKind::write))
    return count("replicas", replicas_);
  if (field == SCALEHOOK_READY && has_state) return count("ready", answer_.ready);
  if (field == SCALEHOOK_MAX_REPLICAS && has_state) return count("max", answer_.max);
  if (field == SCALEHOOK_RETRY_AFTER_MS) {
    if (value < 0) return complain(fmt::format("a retry-after of {} ms", value));
    answer_.outcome.retry_after =
        std::min(longest_retry_after,
                 std::chrono::milliseconds(std::min(value, longest_retry_after.count())));
    return true;
  }
  return false;
}

bool Call::set_text(std::uint32_t field, std::string_view value) {
  const auto opaque = [&](std::string_view name, std::string& place) {
    if (value.size() > longest_opaque) {
      return complain(
          fmt::format("a {} of {} bytes, and {} is the most", name, value.size(), longest_opaque));
    }
    if (!is_clean(value)) {
      return complain(fmt::format("a {} that is not UTF-8 or has control characters", name));
    }
    place = value;
    return true;
  };
  const bool has_state = kind_ == CallKind::read;
  if (field == SCALEHOOK_VERSION && (has_state || kind_ == CallKind::write)) {
    return opaque("version", answer_.version);
  }
  if (field == SCALEHOOK_UID && has_state) return opaque("uid", answer_.uid);
  if (field == SCALEHOOK_HOLD && has_state) {
    if (!value.empty() && value != "in" && value != "out" && value != "all") {
      return complain(fmt::format("the hold \"{}\", which is not in, out or all",
                                  cleaned(value, longest_code)));
    }
    answer_.hold = value;
    return true;
  }
  if (field == SCALEHOOK_EXPLANATION) {
    // For people only, and often another server's words: mended rather than refused.
    answer_.outcome.explanation = cleaned(value, longest_explanation);
    return true;
  }
  if (field == SCALEHOOK_CODE) {
    if (!is_code(value)) {
      return complain(fmt::format("the code \"{}\", which is not at most {} of [A-Za-z0-9._-]",
                                  cleaned(value, longest_code), longest_code));
    }
    answer_.outcome.code = value;
    return true;
  }
  return false;
}

ReadAnswer Call::finish(scalehook_status status, const std::string& plugin) {
  if (status < SCALEHOOK_OK || status > SCALEHOOK_CANCELLED) {
    complain(fmt::format("the unknown status {}", status));
  } else if (status == SCALEHOOK_OK && kind_ == CallKind::read && !replicas_) {
    complain("ok without replicas");
  }
  if (complaint_.empty()) {
    answer_.outcome.status = static_cast<Status>(status);
    answer_.replicas = replicas_;
    return std::move(answer_);
  }
  ReadAnswer failed;
  failed.outcome = {Status::failed, "bad-answer",
                    fmt::format("plugin {} answered {} with {}; this is a fault of the plugin",
                                plugin, to_text(kind_), complaint_),
                    std::nullopt};
  return failed;
}

}  // namespace scalehook::plugin
