// scalehook/plugin.hpp: plugins in C++20, over plugin.h. Header-only; needs neither RTTI nor, where
// nothing is thrown, exceptions.
//
// A plugin is one class and one macro. Which methods it has says what it is:
//
//   class example {
//    public:
//     static constexpr scalehook::info info{.name = "example", .version = "1.0.0"};
//     explicit example(scalehook::host);
//     // a scaler:
//     scalehook::outcome<scalehook::state> read(scalehook::call&, const scalehook::target&);
//     scalehook::outcome<scalehook::done> write(scalehook::call&, const scalehook::target&,
//                                               const scalehook::change&);
//     // a notifier:
//     scalehook::outcome<scalehook::done> notify(scalehook::call&, std::string_view event);
//   };
//   SCALEHOOK_PLUGIN(example)
//
// Threads: methods run on the host's worker threads, at most info.max_concurrency at once on one
// object; with 1, the default, an object needs no lock. They may block until the call's deadline.
// Failure: a method returns a failure, or throws; nothing thrown reaches the host. A thrown
// scalehook::failure arrives as it is, any other exception as `failed` with what() as explanation.
// Texts: every std::string_view that comes from the host is borrowed: from host, for the life of
// the object; from call, target, change and event, until the method returns.
#pragma once

#include <scalehook/plugin.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace scalehook {

// What a notifier hears of; info.subscribes is a sum of these.
inline constexpr std::uint32_t decisions = SCALEHOOK_DECISIONS;
inline constexpr std::uint32_t alerts = SCALEHOOK_ALERTS;

// What a plugin is. All texts are literals: they live as long as the library.
struct info {
  std::string_view name{};     // [a-z0-9-]+, as `plugin:` in the configuration; the file's name too
  std::string_view version{};  // the plugin's own, for people
  std::string_view settings{};  // JSON schema of `settings`; none: there are no settings
  std::string_view target{};    // scalers: JSON schema of a rule's `target`, an object of strings
  std::uint32_t max_concurrency = 1;
  std::uint32_t subscribes = decisions;
};

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
  std::string version{};                // opaque, handed to the next write; empty: none
  std::string uid{};                    // the object's identity; empty: none
  scalehook::hold hold = scalehook::hold::none;
  std::string code{};         // why it is held, or empty
  std::string explanation{};  // why it is held, or empty
};

// A write or a notification that ended well.
struct done {
  std::string version{};      // the target's new version; empty: none
  std::string explanation{};  // one sentence for the user, or empty
};

// What a write is to do: make it `replicas` if the target still is at `version`.
struct change {
  std::int64_t replicas = 0;   // >= 0
  std::string_view version{};  // as answered by the last read; empty: unconditionally
  bool dry_run = false;        // everything but the change
};

namespace detail __attribute__((visibility("hidden"))) {

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

}  // namespace )

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

// What makes a class a scaler, and what a notifier. It may be both.
template <class T>
concept scaler = requires(T& plugin, call& behind, const target& what, const change& how) {
  { plugin.read(behind, what) } -> std::convertible_to<outcome<state>>;
  { plugin.write(behind, what, how) } -> std::convertible_to<outcome<done>>;
};
template <class T>
concept notifier = requires(T& plugin, call& behind, std::string_view event) {
  { plugin.notify(behind, event) } -> std::convertible_to<outcome<done>>;
};
// A class that makes itself: instead of a constructor that throws, for plugins without exceptions.
template <class T>
concept self_made = requires(host seen) {
  { T::create(seen) } -> std::same_as<outcome<std::unique_ptr<T>>>;
};

namespace detail __attribute__((visibility("hidden"))) {

  inline void answer(scalehook_call * raw, std::uint32_t field, std::string_view value) {
    if (!value.empty()) raw->api->set_text(raw, field, text(value));
  }

  inline scalehook_status answer(scalehook_call * raw, const failure& fault) {
    answer(raw, SCALEHOOK_CODE, fault.code);
    answer(raw, SCALEHOOK_EXPLANATION, fault.explanation);
    if (fault.retry_after) {
      raw->api->set_integer(raw, SCALEHOOK_RETRY_AFTER_MS, fault.retry_after->count());
    }
    return static_cast<scalehook_status>(fault.status);
  }

  inline scalehook_status answer(scalehook_call * raw, const done& found) {
    answer(raw, SCALEHOOK_VERSION, found.version);
    answer(raw, SCALEHOOK_EXPLANATION, found.explanation);
    return SCALEHOOK_OK;
  }

  inline scalehook_status answer(scalehook_call * raw, const state& found) {
    constexpr std::string_view holds[] = {"", "in", "out", "all"};
    raw->api->set_integer(raw, SCALEHOOK_REPLICAS, found.replicas);
    if (found.ready) raw->api->set_integer(raw, SCALEHOOK_READY, *found.ready);
    answer(raw, SCALEHOOK_VERSION, found.version);
    answer(raw, SCALEHOOK_UID, found.uid);
    answer(raw, SCALEHOOK_HOLD, holds[static_cast<std::size_t>(found.hold)]);
    answer(raw, SCALEHOOK_CODE, found.code);
    answer(raw, SCALEHOOK_EXPLANATION, found.explanation);
    return SCALEHOOK_OK;
  }

  // Runs what an author wrote, and lets nothing out.
  template <class Work>
  scalehook_status guarded(scalehook_call * raw, Work work) noexcept {
#ifdef __cpp_exceptions
    try {
      return work();
    } catch (const failure& fault) {
      return answer(raw, fault);
    } catch (const std::exception& fault) {
      answer(raw, SCALEHOOK_CODE, "exception");
      answer(raw, SCALEHOOK_EXPLANATION, fault.what());
    } catch (...) {
      answer(raw, SCALEHOOK_CODE, "exception");
      answer(raw, SCALEHOOK_EXPLANATION, "the plugin threw something that is no std::exception");
    }
    return SCALEHOOK_FAILED;
#else
    static_cast<void>(raw);
    return work();
#endif
  }

  template <class T>
  scalehook_status answer(scalehook_call * raw, const outcome<T>& result) {
    return result ? answer(raw, *result) : answer(raw, result.error());
  }

  constexpr bool is_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
  }

  // The C functions of the class T.
  template <class T>
  struct functions {
    static T& self(scalehook_instance* instance) { return *reinterpret_cast<T*>(instance); }

    static scalehook_status create(const scalehook_host* raw_host, scalehook_call* raw,
                                   scalehook_instance** out) noexcept {
      return guarded(raw, [&] {
        host seen{raw_host, call{raw}.input("/instance/name").value_or("")};
        std::unique_ptr<T> made;
        if constexpr (self_made<T>) {
          outcome<std::unique_ptr<T>> result = T::create(std::move(seen));
          if (!result) return answer(raw, result.error());
          made = std::move(*result);
        } else {
          made = std::make_unique<T>(std::move(seen));
        }
        *out = reinterpret_cast<scalehook_instance*>(made.release());
        return scalehook_status{SCALEHOOK_OK};
      });
    }

    static void destroy(scalehook_instance* instance) noexcept { delete &self(instance); }

    static scalehook_status read(scalehook_instance* instance, scalehook_call* raw,
                                 const scalehook_target* fields) noexcept {
      return guarded(raw, [&] {
        call seen{raw};
        const outcome<state> result = self(instance).read(seen, target{fields});
        return answer(raw, result);
      });
    }

    static scalehook_status write(scalehook_instance* instance, scalehook_call* raw,
                                  const scalehook_target* fields, std::int64_t replicas,
                                  scalehook_text version, bool dry_run) noexcept {
      return guarded(raw, [&] {
        call seen{raw};
        const outcome<done> result =
            self(instance).write(seen, target{fields}, change{replicas, view(version), dry_run});
        return answer(raw, result);
      });
    }

    static scalehook_status notify(scalehook_instance* instance, scalehook_call* raw,
                                   scalehook_text event) noexcept {
      return guarded(raw, [&] {
        call seen{raw};
        const outcome<done> result = self(instance).notify(seen, view(event));
        return answer(raw, result);
      });
    }
  };

  template <scaler T>
  inline constexpr scalehook_scaler scaler_table{sizeof(scalehook_scaler), 0, text(T::info.target),
                                                 &functions<T>::read, &functions<T>::write};

  template <notifier T>
  inline constexpr scalehook_notifier notifier_table{sizeof(scalehook_notifier), T::info.subscribes,
                                                     &functions<T>::notify};

  template <class T>
  constexpr scalehook_plugin make_table() {
    static_assert(
        scaler<T> || notifier<T>,
        "a plugin has the public methods read and write of a scaler, notify of a notifier, "
        "or all three, as shown at the top of scalehook/plugin.hpp");
    static_assert(is_name(T::info.name), "info.name is to be [a-z0-9-]+");
    static_assert(!T::info.version.empty(), "info.version is missing");
    scalehook_plugin table{};
    table.magic = SCALEHOOK_MAGIC;
    table.struct_size = sizeof(scalehook_plugin);
    table.api_version = SCALEHOOK_API_VERSION;
    table.min_api_version = UINT32_C(1) << 16;
    table.name = text(T::info.name);
    table.version = text(T::info.version);
    table.settings_schema = text(T::info.settings);
    table.max_concurrency = T::info.max_concurrency;
    table.create = &functions<T>::create;
    table.destroy = &functions<T>::destroy;
    if constexpr (scaler<T>) table.scaler = &scaler_table<T>;
    if constexpr (notifier<T>) table.notifier = &notifier_table<T>;
    return table;
  }

  template <class T>
  inline constexpr scalehook_plugin plugin_table = make_table<T>();

}  // namespace )

// The C table of the class T: what SCALEHOOK_PLUGIN exports.
template <class T>
constexpr const scalehook_plugin& table() {
  return detail::plugin_table<T>;
}

}  // namespace scalehook

// Makes the class the plugin of this shared object; once, outside of any namespace.
#define SCALEHOOK_PLUGIN(type)                                                    \
  extern "C" SCALEHOOK_EXPORT const scalehook_plugin* scalehook_plugin_v1(void) { \
    return &::scalehook::table<type>();                                           \
  }
