// What a plugin's methods answer: a value, or why there is none. Part of plugin.hpp.
#pragma once

#include <scalehook/plugin.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace scalehook {

// How a call ended, where it did not end well.
enum class status : scalehook_status {
  retry = SCALEHOOK_RETRY,          // a passing fault
  failed = SCALEHOOK_FAILED,        // this will not get better by itself
  not_found = SCALEHOOK_NOT_FOUND,  // the target does not exist
  conflict = SCALEHOOK_CONFLICT,    // the target is no longer at the expected version
  denied = SCALEHOOK_DENIED,        // credentials or rights
  invalid = SCALEHOOK_INVALID,      // settings or target are wrong
  refused = SCALEHOOK_REFUSED,      // the target may not be scaled now
  cancelled = SCALEHOOK_CANCELLED,  // the host cancelled the call, and it ended early for that
};

// Returned or thrown. `code` is short and stable ("http-403"), for it becomes a metric label;
// `explanation` is one sentence for the user, without secrets. No method writes again before the
// host has read again.
struct failure {
  scalehook::status status = scalehook::status::failed;
  std::string code{};
  std::string explanation{};
  std::optional<std::chrono::milliseconds> retry_after{};  // with retry: not before
};

inline failure retry(std::string code, std::string explanation,
                     std::optional<std::chrono::milliseconds> retry_after = std::nullopt) {
  return {status::retry, std::move(code), std::move(explanation), retry_after};
}
inline failure failed(std::string code, std::string explanation) {
  return {status::failed, std::move(code), std::move(explanation), std::nullopt};
}
inline failure not_found(std::string code, std::string explanation) {
  return {status::not_found, std::move(code), std::move(explanation), std::nullopt};
}
inline failure conflict(std::string code, std::string explanation) {
  return {status::conflict, std::move(code), std::move(explanation), std::nullopt};
}
inline failure denied(std::string code, std::string explanation) {
  return {status::denied, std::move(code), std::move(explanation), std::nullopt};
}
inline failure invalid(std::string code, std::string explanation) {
  return {status::invalid, std::move(code), std::move(explanation), std::nullopt};
}
inline failure refused(std::string code, std::string explanation) {
  return {status::refused, std::move(code), std::move(explanation), std::nullopt};
}
inline failure cancelled(std::string explanation) {
  return {status::cancelled, "cancelled", std::move(explanation), std::nullopt};
}

// A value or a failure. *, -> need a value, error() a failure: anything else is undefined.
template <class T>
class [[nodiscard]] outcome {
 public:
  outcome(T value) : content_{std::in_place_index<0>, std::move(value)} {}
  outcome(failure fault) : content_{std::in_place_index<1>, std::move(fault)} {}

  explicit operator bool() const { return content_.index() == 0; }
  T& operator*() { return *std::get_if<0>(&content_); }
  const T& operator*() const { return *std::get_if<0>(&content_); }
  T* operator->() { return std::get_if<0>(&content_); }
  const T* operator->() const { return std::get_if<0>(&content_); }
  failure& error() { return *std::get_if<1>(&content_); }
  const failure& error() const { return *std::get_if<1>(&content_); }

 private:
  std::variant<T, failure> content_;
};

// In which direction a target asks not to be moved.
enum class hold { none, in, out, all };

// What a read found.
struct state {
  std::int64_t replicas = 0;            // >= 0: what is asked for now
  std::optional<std::int64_t> ready{};  // >= 0: what serves now
  std::optional<std::int64_t> max{};    // >= 0: the most it can be set to now
  std::string version{};                // opaque, handed to the next write; empty: none
  std::string uid{};                    // the object's identity; empty: none
  scalehook::hold hold = scalehook::hold::none;
  std::string code{};         // why it is held, or empty
  std::string explanation{};  // why it is held, or empty
};

// A write or a notification that ended well.
struct done {
  std::string version{};                   // the target's new version; empty: none
  std::string explanation{};               // one sentence for the user, or empty
  std::string code{};                      // what is to be told apart in the metrics, or empty
  std::optional<std::int64_t> replicas{};  // >= 0, of a write that others made another count of
};

}  // namespace scalehook
