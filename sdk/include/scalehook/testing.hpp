// scalehook/testing.hpp: a host for the unit tests of a plugin's class, without the daemon and
// without a test framework. Calls go through the C tables, as the daemon's do.
//
//   scalehook::testing::bench<file_scaler> bench{{{"/folder", "/tmp/x"}, {"/retries", 3}}};
//   const auto found = bench.read({{"name", "web"}});
//   EXPECT_EQ(found.status, SCALEHOOK_OK);
//   EXPECT_EQ(found.replicas, 3);
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <scalehook/plugin.hpp>
#include <scalehook/testing/document.hpp>
#include <scalehook/testing/host.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::testing {

using fields = std::map<std::string, std::string>;  // a target's

// One instance of the plugin class T with these settings. They are given as the plugin is to see
// them: no schema is checked, no default filled in. read, write, the two notify, cancel and log may
// be used from several threads, all else from one.
template <class T>
class bench {
 public:
  explicit bench(const std::vector<entry>& settings = {}, const std::string& name = "test")
      : host_{settings}, input_{{{"/instance/name", name}}} {
    detail::call call{detail::purpose::create, input_, cancellation_, timeout_};
    created_ = call.finish(table().create(&host_, &call, &instance_));
    if (created_.status != SCALEHOOK_OK) instance_ = nullptr;
  }
  ~bench() {
    if (instance_ != nullptr) table().destroy(instance_);
  }
  bench(const bench&) = delete;
  bench& operator=(const bench&) = delete;

  // How the construction ended. If it did not end well, every call answers the same.
  const answer& created() const { return created_; }

  answer read(const fields& target) requires scaler<T> {
    return run(detail::purpose::read, [&](scalehook_call& call) {
      const std::vector<scalehook_pair> pairs = borrowed(target);
      const scalehook_target raw{pairs.data(), pairs.size()};
      return table().scaler->read(instance_, &call, &raw);
    });
  }
  answer write(const fields& target, const change& wanted) requires scaler<T> {
    return run(detail::purpose::write, [&](scalehook_call& call) {
      const std::vector<scalehook_pair> pairs = borrowed(target);
      const scalehook_target raw{pairs.data(), pairs.size()};
      return table().scaler->write(instance_, &call, &raw, wanted.replicas,
                                   scalehook::detail::text(wanted.version), wanted.dry_run);
    });
  }
  answer notify(std::string_view event) requires notifier<T> {
    return run(detail::purpose::notify, [&](scalehook_call& call) {
      return table().notifier->notify(instance_, &call, scalehook::detail::text(event));
    });
  }

  answer notify_group(const std::vector<std::string_view>& events) requires group_notifier<T> {
    return run(detail::purpose::notify, [&](scalehook_call& call) {
      std::vector<scalehook_text> texts;
      for (const std::string_view event : events) {
        texts.push_back(scalehook::detail::text(event));
      }
      return table().notifier->notify_group(instance_, &call, texts.data(), texts.size());
    });
  }

  // For the calls that follow: what is behind them ({"/rule/name", "checkout"}), beside the
  // instance's name; and how long they may take, 10 s without this.
  void input(const std::vector<entry>& entries) {
    for (const entry& each : entries) input_.add(each);
  }
  void timeout(std::chrono::milliseconds limit) { timeout_ = limit; }

  // Cancels the running calls and all that follow.
  void cancel() { cancellation_.cancel(); }

  // What was logged until now.
  std::vector<message> log() const {
    const std::lock_guard lock{host_.mutex};
    return host_.messages;
  }

 private:
  static const scalehook_plugin& table() {
    static constinit const scalehook::detail::tables<T> made;
    return made.plugin_table;
  }
  static std::vector<scalehook_pair> borrowed(const fields& target) {
    std::vector<scalehook_pair> pairs;
    for (const auto& [key, value] : target) {
      pairs.push_back({scalehook::detail::text(key), scalehook::detail::text(value)});
    }
    return pairs;
  }
  template <class Call>
  answer run(detail::purpose why, Call function) {
    if (instance_ == nullptr) return created_;
    detail::call call{why, input_, cancellation_, timeout_};
    return call.finish(function(call));
  }

  detail::host host_;
  document input_;
  detail::cancellation cancellation_;
  std::chrono::milliseconds timeout_{10'000};
  scalehook_instance* instance_ = nullptr;
  answer created_;
};

}  // namespace scalehook::testing
