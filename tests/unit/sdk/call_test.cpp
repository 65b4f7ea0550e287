// What a method sees of its call, its target and the host's log.
#include <gtest/gtest.h>
#include <poll.h>

#include <scalehook/testing.hpp>
#include <thread>

namespace {

using scalehook::testing::bench;
using scalehook::testing::string_map;
using std::chrono_literals::operator""ms;

struct observer {
  static constexpr scalehook::info info{.name = "observer", .version = "1"};
  explicit observer(scalehook::host seen) : host{std::move(seen)} {}

  scalehook::state read(scalehook::call& call, const scalehook::target& target) {
    for (const auto [name, value] : target) host.info(std::string{name} + "=" + std::string{value});
    host.info("web: " + std::string{target["web"]} + std::string{target.field("none")});
    return {.replicas = static_cast<std::int64_t>(target.size()),
            .version = call.input("/rule/name").value_or("no rule"),
            .uid = std::string{call.json("/rule").value_or("none")}};
  }
  scalehook::done write(scalehook::call& call, const scalehook::target&, const scalehook::change&) {
    std::string labels;
    for (const auto& [name, value] :
         call.input<string_map>("/alerts/0/labels").value_or(string_map{})) {
      labels += name + "=" + value + ";";
    }
    host.info(labels);
    return {.explanation = std::string{call.json("").value_or("none")}};
  }
  scalehook::outcome<scalehook::done> notify(scalehook::call& call, std::string_view event) {
    if (event == "deadline") {
      const auto left = call.deadline() - std::chrono::steady_clock::now();
      return scalehook::done{.explanation = (left <= 0ms ? "past " : "ahead ") +
                                            std::to_string(call.remaining().count())};
    }
    host.info("waiting");
    pollfd waiting{.fd = call.cancel_fd(), .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, -1) == 1 && call.cancelled()) return scalehook::cancelled("given up");
    return scalehook::failed("poll", "woken without reason");
  }

  scalehook::host host;
};

TEST(Call, TargetByNameAndInOrder) {
  bench<observer> plugin;
  const auto found = plugin.read({{"web", "x"}, {"namespace", "shop"}});
  EXPECT_EQ(found.replicas, 2);
  const auto log = plugin.log();
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0].text, "namespace=shop");
  EXPECT_EQ(log[1].text, "web=x");
  EXPECT_EQ(log[2].text, "web: x");
  EXPECT_EQ(plugin.read({}).replicas, 0);
}

TEST(Call, InputByPointer) {
  bench<observer> plugin{{}, "ops"};
  EXPECT_EQ(plugin.read({}).version, "no rule");
  plugin.input({{"/rule/name", "checkout"},
                {"/alerts/0/labels", string_map{{"a/b", "1"}, {"c~d", "2"}, {"e", "\"\n"}}}});
  const auto found = plugin.read({});
  EXPECT_EQ(found.version, "checkout");
  EXPECT_EQ(found.uid, R"({"name":"checkout"})");
  const auto written = plugin.write({}, {});
  EXPECT_EQ(plugin.log().back().text, "a/b=1;c~d=2;e=\"\n;");
  EXPECT_EQ(written.explanation, R"({"instance":{"name":"ops"},"rule":{"name":"checkout"},)"
                                 R"("alerts":[{"labels":{"a/b":"1","c~d":"2","e":"\"\u000a"}}]})");
}

TEST(Call, Deadline) {
  bench<observer> plugin;
  plugin.timeout(std::chrono::hours{1});
  const auto ahead = plugin.notify("deadline");
  ASSERT_EQ(ahead.explanation.substr(0, 6), "ahead ");
  EXPECT_GT(std::stol(ahead.explanation.substr(6)), 0);
  EXPECT_LE(std::stol(ahead.explanation.substr(6)), 3'600'000);
  plugin.timeout(-1ms);
  const auto past = plugin.notify("deadline");
  EXPECT_EQ(past.explanation, "past 0");
}

TEST(Call, CancelWakesWhoeverPolls) {
  bench<observer> plugin;
  scalehook::testing::answer answer;
  std::thread caller{[&] { answer = plugin.notify("wait"); }};
  while (plugin.log().empty()) std::this_thread::yield();
  plugin.cancel();
  caller.join();
  EXPECT_EQ(answer.status, SCALEHOOK_CANCELLED);
}

struct talker {
  static constexpr scalehook::info info{.name = "talker", .version = "1"};
  explicit talker(const scalehook::host& host) {
    host.debug("d");
    host.info("i");
    host.warn("w");
    host.error("e");
    host.log(SCALEHOOK_TRACE, host.logs(SCALEHOOK_TRACE) ? host.name() : "not logged");
    if (host.extension("scalehook.none/1") != nullptr) host.error("an extension out of nowhere");
  }
  scalehook::done notify(scalehook::call&, std::string_view) { return {}; }
};

TEST(Call, LogAndName) {
  bench<talker> plugin{{}, "ops"};
  const auto log = plugin.log();
  ASSERT_EQ(log.size(), 5u);
  EXPECT_EQ(log[0].level, SCALEHOOK_DEBUG);
  EXPECT_EQ(log[1].level, SCALEHOOK_INFO);
  EXPECT_EQ(log[2].level, SCALEHOOK_WARN);
  EXPECT_EQ(log[3].level, SCALEHOOK_ERROR);
  EXPECT_EQ(log[4].level, SCALEHOOK_TRACE);
  EXPECT_EQ(log[4].text, "ops");
}

}  // namespace
