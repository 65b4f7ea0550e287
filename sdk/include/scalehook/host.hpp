// What a plugin sees of the host: its settings and log, a call, a target. Part of plugin.hpp.
#pragma once

#include <scalehook/plugin.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <scalehook/outcome.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scalehook {

#pragma GCC visibility push(hidden)  // no symbol of one plugin is to meet those of another
namespace detail {

constexpr scalehook_text text(std::string_view view) { return {view.data(), view.size()}; }
constexpr std::string_view view(scalehook_text text) {
  return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}

// One of the host's JSON documents, asked by pointer: an instance's settings, or a call's input.
struct document {
  const scalehook_host* host = nullptr;
  const scalehook_call* call = nullptr;

  bool value(std::string_view pointer, scalehook_value* out) const {
    return host != nullptr ? host->api->setting(host, text(pointer), out)
                           : call->api->input(call, text(pointer), out);
  }
  bool key(std::string_view pointer, std::size_t index, scalehook_text* out) const {
    return host != nullptr ? host->api->setting_key(host, text(pointer), index, out)
                           : call->api->input_key(call, text(pointer), index, out);
  }
};

inline std::string escaped(std::string_view key) {
  std::string token;
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

template <class T>
struct reader;  // of the C++ type T; no value where the JSON type is another

template <>
struct reader<std::string> {
  static std::optional<std::string> get(const document& from, std::string_view pointer) {
    scalehook_value found{};
    if (!from.value(pointer, &found) || found.type != SCALEHOOK_STRING) return std::nullopt;
    return std::string{view(found.text)};
  }
};

template <>
struct reader<bool> {
  static std::optional<bool> get(const document& from, std::string_view pointer) {
    scalehook_value found{};
    if (!from.value(pointer, &found) || found.type != SCALEHOOK_BOOLEAN) return std::nullopt;
    return found.boolean != 0;
  }
};

template <std::integral T>
struct reader<T> {
  static std::optional<T> get(const document& from, std::string_view pointer) {
    scalehook_value found{};
    if (!from.value(pointer, &found) || found.type != SCALEHOOK_INTEGER) return std::nullopt;
    if (!std::in_range<T>(found.integer)) return std::nullopt;
    return static_cast<T>(found.integer);
  }
};

template <>
struct reader<double> {
  static std::optional<double> get(const document& from, std::string_view pointer) {
    scalehook_value found{};
    if (!from.value(pointer, &found)) return std::nullopt;
    if (found.type != SCALEHOOK_INTEGER && found.type != SCALEHOOK_NUMBER) return std::nullopt;
    return found.number;
  }
};

template <class T>
struct reader<std::vector<T>> {
  static std::optional<std::vector<T>> get(const document& from, std::string_view pointer) {
    scalehook_value found{};
    if (!from.value(pointer, &found) || found.type != SCALEHOOK_ARRAY) return std::nullopt;
    std::vector<T> elements;
    for (;;) {
      const std::string at = std::string{pointer} + '/' + std::to_string(elements.size());
      if (!from.value(at, &found)) return elements;
      std::optional<T> element = reader<T>::get(from, at);
      if (!element) return std::nullopt;
      elements.push_back(std::move(*element));
    }
  }
};

template <class T>
struct reader<std::map<std::string, T>> {
  static std::optional<std::map<std::string, T>> get(const document& from,
                                                     std::string_view pointer) {
    scalehook_value found{};
    if (!from.value(pointer, &found) || found.type != SCALEHOOK_OBJECT) return std::nullopt;
    std::map<std::string, T> members;
    scalehook_text key{};
    for (std::size_t index = 0; from.key(pointer, index, &key); ++index) {
      std::optional<T> member =
          reader<T>::get(from, std::string{pointer} + '/' + escaped(view(key)));
      if (!member) return std::nullopt;
      members.emplace(view(key), std::move(*member));
    }
    return members;
  }
};

}  // namespace detail
#pragma GCC visibility pop

// The host, as seen by one instance. A copy is as good as the original. Any thread.
class host {
 public:
  host(const scalehook_host* raw, std::string name) : raw_{raw}, name_{std::move(name)} {}

  // The instance's name, as under `scalers:` or `notifiers:` in the configuration.
  const std::string& name() const { return name_; }

  // The setting at an RFC 6901 pointer ("/smarthost", "/tls/ca_file"), with the schema's defaults.
  // T: bool, an integer type, double, std::string, std::vector<T>, std::map<std::string, T>. No
  // value if there is none, if it is of another type, or if it does not fit into T.
  template <class T>
  std::optional<T> setting(std::string_view pointer) const {
    return detail::reader<T>::get({.host = raw_}, pointer);
  }
  template <class T>
  T setting(std::string_view pointer, T otherwise) const {
    return setting<T>(pointer).value_or(std::move(otherwise));
  }
#ifdef __cpp_exceptions
  // For settings that the schema requires or has a default for: throws `invalid` if it is wrong.
  template <class T>
  T require(std::string_view pointer) const {
    std::optional<T> found = setting<T>(pointer);
    if (!found) {
      throw invalid("setting", "the setting " + std::string{pointer} +
                                   " is missing, or is not what the plugin expects there");
    }
    return std::move(*found);
  }
#endif
  // All settings as one JSON object.
  std::string_view settings() const {
    scalehook_value found{};
    return raw_->api->setting(raw_, detail::text(""), &found) ? detail::view(found.text) : "{}";
  }

  // One line of the log, under the instance's name. `level` is one of SCALEHOOK_TRACE to
  // SCALEHOOK_ERROR. Never a secret in a message.
  void log(std::int32_t level, std::string_view message) const {
    raw_->api->log(raw_, level, detail::text(message));
  }
  void debug(std::string_view message) const { log(SCALEHOOK_DEBUG, message); }
  void info(std::string_view message) const { log(SCALEHOOK_INFO, message); }
  void warn(std::string_view message) const { log(SCALEHOOK_WARN, message); }
  void error(std::string_view message) const { log(SCALEHOOK_ERROR, message); }
  // Would a message of this level be written? For messages that are costly to make.
  bool logs(std::int32_t level) const { return raw_->api->log_enabled(raw_, level); }

  // An extension of the host such as "scalehook.metrics/1", or null.
  const void* extension(const char* id) const { return raw_->api->extension(raw_, id); }

 private:
  const scalehook_host* raw_;
  std::string name_;
};

// One call. For the thread of the call; deadline, remaining, cancelled and cancel_fd from any
// thread until the method returns.
class call {
 public:
  explicit call(scalehook_call* raw) : raw_{raw} {}
  call(const call&) = delete;
  call& operator=(const call&) = delete;

  // What is behind the call, at an RFC 6901 pointer into an object with "instance" {"name"},
  // "target", "rule", "decision" and "alerts", as far as they are known: "/rule/name",
  // "/alerts/0/labels/severity". Types and absence as for host::setting.
  template <class T = std::string>
  std::optional<T> input(std::string_view pointer) const {
    return detail::reader<T>::get({.call = raw_}, pointer);
  }
  // The same as JSON text, whatever its type; "" is all. (A string comes without its quotes.)
  std::optional<std::string_view> json(std::string_view pointer) const {
    scalehook_value found{};
    if (!raw_->api->input(raw_, detail::text(pointer), &found)) return std::nullopt;
    return detail::view(found.text);
  }

  // The method is to have returned by then.
  std::chrono::steady_clock::time_point deadline() const {
    return std::chrono::steady_clock::time_point{
        std::chrono::nanoseconds{raw_->api->deadline_ns(raw_)}};
  }
  // What is left until then; never negative.
  std::chrono::milliseconds remaining() const {
    const auto left = deadline() - std::chrono::steady_clock::now();
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left),
                    std::chrono::milliseconds::zero());
  }
  // Does the host no longer want the answer?
  bool cancelled() const { return raw_->api->cancelled(raw_); }
  // Readable once cancelled. The host's: poll it, never read or close it.
  int cancel_fd() const { return raw_->api->cancel_fd(raw_); }

 private:
  scalehook_call* raw_;
};

// What is scaled: the fields of a rule's `target` (without `scaler`), sorted by name.
class target {
 public:
  explicit target(const scalehook_target* raw) : raw_{raw} {}

  // The field's value; empty if there is none of that name.
  std::string_view field(std::string_view name) const {
    for (std::size_t i = 0; i < raw_->count; ++i) {
      if (detail::view(raw_->fields[i].key) == name) return detail::view(raw_->fields[i].value);
    }
    return {};
  }
  std::string_view operator[](std::string_view name) const { return field(name); }

  // Names and values: for (const auto [name, value] : target)
  class iterator {
   public:
    using value_type = std::pair<std::string_view, std::string_view>;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    explicit iterator(const scalehook_pair* at) : at_{at} {}
    value_type operator*() const { return {detail::view(at_->key), detail::view(at_->value)}; }
    iterator& operator++() { return ++at_, *this; }
    iterator operator++(int) { return iterator{at_++}; }
    bool operator==(const iterator&) const = default;

   private:
    const scalehook_pair* at_ = nullptr;
  };
  iterator begin() const { return iterator{raw_->fields}; }
  iterator end() const { return iterator{raw_->fields + raw_->count}; }
  std::size_t size() const { return raw_->count; }

 private:
  const scalehook_target* raw_;
};

// What a write is to do: make it `replicas` if the target still is at `version`.
struct change {
  std::int64_t replicas = 0;   // >= 0
  std::string_view version{};  // as answered by the last read; empty: unconditionally
  bool dry_run = false;        // everything but the change
};

}  // namespace scalehook
