// scalehook/plugin.hpp: plugins in C++20, over plugin.h. Header-only; needs neither RTTI nor, where
// nothing is thrown, exceptions.
//
// A plugin is one class and one macro. Which methods it has says what it is:
//
//   class example {
//    public:
//     static constexpr scalehook::info info{.name = "example", .version = "1.0.0"};
//     explicit example(const scalehook::host&);  // copy it if it is needed later
//     // a scaler:
//     scalehook::outcome<scalehook::state> read(scalehook::call&, const scalehook::target&);
//     scalehook::outcome<scalehook::done> write(scalehook::call&, const scalehook::target&,
//                                               const scalehook::change&);
//     // a notifier:
//     scalehook::outcome<scalehook::done> notify(scalehook::call&, std::string_view event);
//     // and, for one that tells of several events in one:
//     scalehook::outcome<scalehook::done> notify_group(scalehook::call&,
//                                                      std::span<const std::string_view> events);
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

#ifndef __cpp_concepts
#error "scalehook/plugin.hpp is C++20: use -std=c++20, or the CMake target scalehook::sdk"
#endif

#include <scalehook/plugin.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <scalehook/host.hpp>
#include <scalehook/outcome.hpp>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace scalehook {

// What a notifier hears of. There is nothing else yet: hosts of this version refuse it.
inline constexpr std::uint32_t decisions = SCALEHOOK_DECISIONS;

// What a plugin is. All texts are literals: they live as long as the library.
struct info {
  std::string_view name{};     // [a-z0-9-]+, as `plugin:` in the configuration; the file's name too
  std::string_view version{};  // the plugin's own, for people
  std::string_view settings{};  // JSON schema of `settings`; none: there are no settings
  std::string_view target{};    // scalers: JSON schema of a rule's `target`, an object of strings
  std::uint32_t max_concurrency = 1;
  std::uint32_t subscribes = decisions;
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
template <class T>
concept group_notifier = notifier<T> &&
    requires(T& plugin, call& behind, std::span<const std::string_view> events) {
  { plugin.notify_group(behind, events) } -> std::convertible_to<outcome<done>>;
};
// A class that makes itself: instead of a constructor that throws, for plugins without exceptions.
template <class T>
concept self_made = requires(host seen) {
  { T::create(seen) } -> std::same_as<outcome<std::unique_ptr<T>>>;
};

#pragma GCC visibility push(hidden)  // no symbol of one plugin is to meet those of another
namespace detail {

inline void answer(scalehook_call* raw, std::uint32_t field, std::string_view value) {
  if (!value.empty()) raw->api->set_text(raw, field, text(value));
}

inline scalehook_status answer(scalehook_call* raw, const failure& fault) {
  answer(raw, SCALEHOOK_CODE, fault.code);
  answer(raw, SCALEHOOK_EXPLANATION, fault.explanation);
  if (fault.retry_after) {
    raw->api->set_integer(raw, SCALEHOOK_RETRY_AFTER_MS, fault.retry_after->count());
  }
  return static_cast<scalehook_status>(fault.status);
}

inline scalehook_status answer(scalehook_call* raw, const done& found) {
  if (found.replicas) raw->api->set_integer(raw, SCALEHOOK_REPLICAS, *found.replicas);
  answer(raw, SCALEHOOK_VERSION, found.version);
  answer(raw, SCALEHOOK_CODE, found.code);
  answer(raw, SCALEHOOK_EXPLANATION, found.explanation);
  return SCALEHOOK_OK;
}

inline scalehook_status answer(scalehook_call* raw, const state& found) {
  constexpr std::string_view holds[] = {"", "in", "out", "all"};
  raw->api->set_integer(raw, SCALEHOOK_REPLICAS, found.replicas);
  if (found.ready) raw->api->set_integer(raw, SCALEHOOK_READY, *found.ready);
  if (found.max) raw->api->set_integer(raw, SCALEHOOK_MAX_REPLICAS, *found.max);
  answer(raw, SCALEHOOK_VERSION, found.version);
  answer(raw, SCALEHOOK_UID, found.uid);
  answer(raw, SCALEHOOK_HOLD, holds[static_cast<std::size_t>(found.hold)]);
  answer(raw, SCALEHOOK_CODE, found.code);
  answer(raw, SCALEHOOK_EXPLANATION, found.explanation);
  return SCALEHOOK_OK;
}

// Runs what an author wrote, and lets nothing out.
template <class Work>
scalehook_status guarded(scalehook_call* raw, Work work) noexcept {
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
scalehook_status answer(scalehook_call* raw, const outcome<T>& result) {
  return result ? answer(raw, *result) : answer(raw, result.error());
}

constexpr bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

template <class T>
concept almost_scaler = requires {
  &T::read;
  &T::write;
};

template <class T>
concept almost_group_notifier = requires {
  &T::notify_group;
};

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

  static scalehook_status notify_group(scalehook_instance* instance, scalehook_call* raw,
                                       const scalehook_text* events, std::size_t count) noexcept {
    return guarded(raw, [&] {
      call seen{raw};
      std::vector<std::string_view> views;
      views.reserve(count);
      for (std::size_t index = 0; index < count; ++index) views.push_back(view(events[index]));
      const outcome<done> result = self(instance).notify_group(seen, views);
      return answer(raw, result);
    });
  }
};

// The C tables of the class T. Never a variable with vague linkage: GCC makes those unique in the
// process, and of two plugins with a class of one name the second would run the first one's code.
template <class T>
struct tables {
  static_assert(scaler<T> || notifier<T>,
                "a plugin has the public methods read and write of a scaler, notify of a notifier, "
                "or all three, as shown at the top of scalehook/plugin.hpp");
  static_assert(scaler<T> || !almost_scaler<T>,
                "read and write are there, but take or return something else than a scaler's");
  static_assert(group_notifier<T> || !almost_group_notifier<T>,
                "notify_group is there, but takes or returns something else than a notifier's, or "
                "there is no notify for single events");
  static_assert(
      self_made<T> || std::constructible_from<T, host>,
      "a plugin is made from a scalehook::host: by a public constructor, or by a static create");
  static_assert(is_name(T::info.name), "info.name is to be [a-z0-9-]+, and 63 at most");
  static_assert(!T::info.version.empty() && T::info.version.size() <= 63,
                "info.version is missing, or longer than 63");
  static_assert(!notifier<T> || T::info.subscribes == decisions,
                "info.subscribes is to be scalehook::decisions: hosts tell of nothing else yet");

  scalehook_scaler scaler_table{};
  scalehook_notifier notifier_table{};
  scalehook_plugin plugin_table{};

  constexpr tables() {
    using f = functions<T>;
    plugin_table.magic = SCALEHOOK_MAGIC;
    plugin_table.struct_size = sizeof(scalehook_plugin);
    plugin_table.api_version = SCALEHOOK_API_VERSION;
    plugin_table.min_api_version = UINT32_C(1) << 16;
    plugin_table.name = text(T::info.name);
    plugin_table.version = text(T::info.version);
    plugin_table.settings_schema = text(T::info.settings);
    plugin_table.max_concurrency = T::info.max_concurrency;
    plugin_table.create = &f::create;
    plugin_table.destroy = &f::destroy;
    if constexpr (scaler<T>) {
      scaler_table = {sizeof(scalehook_scaler), 0, text(T::info.target), &f::read, &f::write};
      plugin_table.scaler = &scaler_table;
    }
    if constexpr (notifier<T>) {
      notifier_table = {sizeof(scalehook_notifier), T::info.subscribes, &f::notify, nullptr};
      if constexpr (group_notifier<T>) notifier_table.notify_group = &f::notify_group;
      plugin_table.notifier = &notifier_table;
    }
  }
  tables(const tables&) = delete;  // it points into itself
  tables& operator=(const tables&) = delete;
};

}  // namespace detail
#pragma GCC visibility pop
}  // namespace scalehook

// Makes the class the plugin of this shared object; once, outside of any namespace.
#define SCALEHOOK_PLUGIN(type)                                                    \
  extern "C" SCALEHOOK_EXPORT const scalehook_plugin* scalehook_plugin_v1(void) { \
    static constinit const ::scalehook::detail::tables<type> made;                \
    return &made.plugin_table;                                                    \
  }
