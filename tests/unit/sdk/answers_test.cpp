// What an author's class returns or throws, as it arrives on the other side of the C table.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <scalehook/testing.hpp>
#include <stdexcept>

namespace {

using scalehook::testing::bench;
using std::chrono_literals::operator""ms;

using reading = scalehook::outcome<scalehook::state>;
using writing = scalehook::outcome<scalehook::done>;

// A plugin of every kind whose methods do what the test says.
struct scripted {
  static constexpr scalehook::info info{.name = "scripted",
                                        .version = "1.2.3",
                                        .settings = R"({"type": "object"})",
                                        .target = R"({"type": "object", "properties": {}})",
                                        .max_concurrency = 3,
                                        .subscribes = scalehook::decisions};
  static inline std::function<void()> on_create;
  static inline std::function<reading()> on_read;
  static inline std::function<writing(const scalehook::change&)> on_write;
  static inline std::function<writing(std::string_view)> on_notify;
  static inline std::function<writing(std::span<const std::string_view>)> on_group;
  static inline int alive = 0;

  explicit scripted(const scalehook::host&) {
    if (on_create) on_create();
    ++alive;
  }
  ~scripted() { --alive; }
  reading read(scalehook::call&, const scalehook::target&) { return on_read(); }
  writing write(scalehook::call&, const scalehook::target&, const scalehook::change& wanted) {
    return on_write(wanted);
  }
  writing notify(scalehook::call&, std::string_view event) { return on_notify(event); }
  writing notify_group(scalehook::call&, std::span<const std::string_view> events) {
    return on_group(events);
  }
};

class Answers : public ::testing::Test {
 protected:
  void SetUp() override { scripted::on_create = nullptr; }
  void TearDown() override { EXPECT_EQ(scripted::alive, 0); }
};

TEST_F(Answers, TableTellsWhatTheClassIs) {
  static constinit const scalehook::detail::tables<scripted> tables;
  const scalehook_plugin& table = tables.plugin_table;
  EXPECT_EQ(table.magic, SCALEHOOK_MAGIC);
  EXPECT_EQ(table.struct_size, sizeof(scalehook_plugin));
  EXPECT_EQ(table.api_version, SCALEHOOK_API_VERSION);
  EXPECT_EQ(table.min_api_version, 1u << 16);
  EXPECT_EQ(scalehook::detail::view(table.name), "scripted");
  EXPECT_EQ(scalehook::detail::view(table.version), "1.2.3");
  EXPECT_EQ(scalehook::detail::view(table.settings_schema), R"({"type": "object"})");
  EXPECT_EQ(table.max_concurrency, 3u);
  EXPECT_EQ(table.extension, nullptr);
  ASSERT_NE(table.scaler, nullptr);
  EXPECT_EQ(table.scaler->struct_size, sizeof(scalehook_scaler));
  EXPECT_EQ(scalehook::detail::view(table.scaler->target_schema), scripted::info.target);
  ASSERT_NE(table.notifier, nullptr);
  EXPECT_EQ(table.notifier->struct_size, sizeof(scalehook_notifier));
  EXPECT_EQ(table.notifier->subscribes, 1u);
}

struct only_notifier {
  static constexpr scalehook::info info{.name = "only-notifier", .version = "1"};
  explicit only_notifier(const scalehook::host&) {}
  writing notify(scalehook::call&, std::string_view) { return scalehook::done{}; }
};
struct only_scaler {
  static constexpr scalehook::info info{.name = "only-scaler", .version = "1"};
  explicit only_scaler(const scalehook::host&) {}
  // What converts to an outcome will do as well.
  scalehook::state read(scalehook::call&, const scalehook::target&) { return {.replicas = 1}; }
  scalehook::failure write(scalehook::call&, const scalehook::target&, const scalehook::change&) {
    return scalehook::denied("read-only", "this target cannot be written");
  }
};

TEST_F(Answers, OneKindAloneLeavesTheOtherTableAbsent) {
  static constinit const scalehook::detail::tables<only_notifier> notifier;
  EXPECT_EQ(notifier.plugin_table.scaler, nullptr);
  EXPECT_NE(notifier.plugin_table.notifier, nullptr);
  EXPECT_EQ(notifier.plugin_table.max_concurrency, 1u);
  EXPECT_EQ(notifier.plugin_table.notifier->subscribes, 1u);
  EXPECT_EQ(notifier.plugin_table.settings_schema.data, nullptr);
  static constinit const scalehook::detail::tables<only_scaler> scaler;
  EXPECT_NE(scaler.plugin_table.scaler, nullptr);
  EXPECT_EQ(scaler.plugin_table.notifier, nullptr);

  bench<only_scaler> plain;
  EXPECT_EQ(plain.read({}).replicas, 1);
  EXPECT_EQ(plain.write({}, {}).status, SCALEHOOK_DENIED);
}

TEST_F(Answers, EveryFieldOfAState) {
  scripted::on_read = [] {
    return scalehook::state{.replicas = 5,
                            .ready = 4,
                            .max = 9,
                            .version = "v7",
                            .uid = "u1",
                            .hold = scalehook::hold::in,
                            .code = "paused",
                            .explanation = "annotated"};
  };
  bench<scripted> plugin;
  const auto found = plugin.read({});
  EXPECT_EQ(found.status, SCALEHOOK_OK);
  EXPECT_EQ(found.replicas, 5);
  EXPECT_EQ(found.ready, 4);
  EXPECT_EQ(found.max, 9);
  EXPECT_EQ(found.version, "v7");
  EXPECT_EQ(found.uid, "u1");
  EXPECT_EQ(found.hold, "in");
  EXPECT_EQ(found.code, "paused");
  EXPECT_EQ(found.explanation, "annotated");
}

TEST_F(Answers, WhatAStateLeavesOutIsNotAnswered) {
  scripted::on_read = [] { return scalehook::state{.replicas = 0}; };
  bench<scripted> plugin;
  const auto found = plugin.read({});
  EXPECT_EQ(found.status, SCALEHOOK_OK);
  EXPECT_EQ(found.replicas, 0);
  EXPECT_EQ(found.ready, std::nullopt);
  EXPECT_EQ(found.max, std::nullopt);
  EXPECT_EQ(found.version, "");
  EXPECT_EQ(found.hold, "");
}

TEST_F(Answers, HoldsByName) {
  bench<scripted> plugin;
  const auto hold = [&](scalehook::hold asked) {
    scripted::on_read = [asked] { return scalehook::state{.replicas = 1, .hold = asked}; };
    return plugin.read({}).hold;
  };
  EXPECT_EQ(hold(scalehook::hold::none), "");
  EXPECT_EQ(hold(scalehook::hold::in), "in");
  EXPECT_EQ(hold(scalehook::hold::out), "out");
  EXPECT_EQ(hold(scalehook::hold::all), "all");
}

TEST_F(Answers, WriteSeesTheChangeAndAnswersTheVersion) {
  scripted::on_write = [](const scalehook::change& wanted) {
    return scalehook::done{
        .version = std::string{wanted.version} + "+" + std::to_string(wanted.replicas),
        .explanation = wanted.dry_run ? "would" : "did"};
  };
  bench<scripted> plugin;
  const auto did = plugin.write({}, {.replicas = 3, .version = "v1"});
  EXPECT_EQ(did.status, SCALEHOOK_OK);
  EXPECT_EQ(did.version, "v1+3");
  EXPECT_EQ(did.explanation, "did");
  const auto would = plugin.write({}, {.replicas = 0, .version = {}, .dry_run = true});
  EXPECT_EQ(would.version, "+0");
  EXPECT_EQ(would.explanation, "would");
  EXPECT_EQ(would.replicas, std::nullopt);
}

TEST_F(Answers, WriteMayAnswerAnotherCount) {
  scripted::on_write = [](const scalehook::change&) { return scalehook::done{.replicas = 4}; };
  bench<scripted> plugin;
  EXPECT_EQ(plugin.write({}, {.replicas = 5, .version = {}}).replicas, 4);
  scripted::on_write = [](const scalehook::change&) { return scalehook::done{.replicas = -4}; };
  EXPECT_EQ(plugin.write({}, {.replicas = 5, .version = {}}).code, "bad-answer");
}

TEST_F(Answers, NotifySeesTheEvent) {
  std::string seen;
  scripted::on_notify = [&](std::string_view event) {
    seen = event;
    return scalehook::done{};
  };
  bench<scripted> plugin;
  EXPECT_EQ(plugin.notify(R"({"id":"1"})").status, SCALEHOOK_OK);
  EXPECT_EQ(seen, R"({"id":"1"})");
}

TEST_F(Answers, NotifyGroupSeesTheEventsInTheirOrder) {
  std::vector<std::string> seen;
  scripted::on_group = [&](std::span<const std::string_view> events) {
    seen.assign(events.begin(), events.end());
    return scalehook::done{.explanation = "told"};
  };
  bench<scripted> plugin;
  const auto told = plugin.notify_group({"{1}", "{2}"});
  EXPECT_EQ(told.status, SCALEHOOK_OK);
  EXPECT_EQ(told.explanation, "told");
  EXPECT_EQ(seen, (std::vector<std::string>{"{1}", "{2}"}));
}

struct Status {
  std::string name;
  scalehook::failure fault;
  scalehook_status expected;
};
void PrintTo(const Status& status, std::ostream* out) { *out << status.name; }

class EachStatus : public ::testing::TestWithParam<Status> {
 protected:
  static void arrived(const scalehook::testing::answer& answer) {
    const scalehook::failure& fault = GetParam().fault;
    EXPECT_EQ(answer.status, GetParam().expected);
    EXPECT_EQ(answer.code, fault.code);
    EXPECT_EQ(answer.explanation, fault.explanation);
    EXPECT_EQ(answer.retry_after, fault.retry_after);
  }
};

TEST_P(EachStatus, ReturnedOrThrownArrivesTheSame) {
  const scalehook::failure& fault = GetParam().fault;
  scripted::on_create = nullptr;
  bench<scripted> plugin;
  scripted::on_read = [&] { return fault; };
  arrived(plugin.read({}));
  scripted::on_read = [&]() -> reading { throw scalehook::failure{fault}; };
  arrived(plugin.read({}));
  scripted::on_write = [&](const scalehook::change&) { return fault; };
  arrived(plugin.write({}, {}));
  scripted::on_write = [&](const scalehook::change&) -> writing {
    throw scalehook::failure{fault};
  };
  arrived(plugin.write({}, {}));
  scripted::on_notify = [&](std::string_view) { return fault; };
  arrived(plugin.notify("{}"));
  scripted::on_create = [&] { throw scalehook::failure{fault}; };
  bench<scripted> broken;
  arrived(broken.created());
  arrived(broken.read({}));
}

INSTANTIATE_TEST_SUITE_P(
    All, EachStatus,
    ::testing::Values(
        Status{"retry", scalehook::retry("http-503", "busy"), SCALEHOOK_RETRY},
        Status{"retry_after", scalehook::retry("http-429", "slow down", 1500ms), SCALEHOOK_RETRY},
        Status{"failed", scalehook::failed("http-500", "broken"), SCALEHOOK_FAILED},
        Status{"not_found", scalehook::not_found("http-404", "no such thing"), SCALEHOOK_NOT_FOUND},
        Status{"conflict", scalehook::conflict("http-409", "changed"), SCALEHOOK_CONFLICT},
        Status{"denied", scalehook::denied("http-403", "may not"), SCALEHOOK_DENIED},
        Status{"invalid", scalehook::invalid("setting", "/folder is empty"), SCALEHOOK_INVALID},
        Status{"refused", scalehook::refused("hpa-owns", "owned by hpa web"), SCALEHOOK_REFUSED},
        Status{"cancelled", scalehook::cancelled("given up"), SCALEHOOK_CANCELLED}),
    [](const auto& status) { return status.param.name; });

TEST_F(Answers, WhatIsThrownBecomesFailed) {
  scripted::on_read = []() -> reading { throw std::runtime_error{"disk on fire"}; };
  scripted::on_write = [](const scalehook::change&) -> writing { throw 42; };
  scripted::on_notify = [](std::string_view) -> writing { throw std::logic_error{""}; };
  bench<scripted> plugin;
  const auto read = plugin.read({});
  EXPECT_EQ(read.status, SCALEHOOK_FAILED);
  EXPECT_EQ(read.code, "exception");
  EXPECT_EQ(read.explanation, "disk on fire");
  const auto write = plugin.write({}, {});
  EXPECT_EQ(write.status, SCALEHOOK_FAILED);
  EXPECT_EQ(write.explanation, "the plugin threw something that is no std::exception");
  EXPECT_EQ(plugin.notify("{}").status, SCALEHOOK_FAILED);
}

TEST_F(Answers, ConstructorThatThrowsLeavesNothing) {
  scripted::on_create = [] { throw std::runtime_error{"no licence"}; };
  bench<scripted> plugin;
  EXPECT_EQ(plugin.created().status, SCALEHOOK_FAILED);
  EXPECT_EQ(plugin.created().explanation, "no licence");
  EXPECT_EQ(scripted::alive, 0);
}

// Without exceptions a class makes itself.
struct careful {
  static constexpr scalehook::info info{.name = "careful", .version = "1"};
  static scalehook::outcome<std::unique_ptr<careful>> create(const scalehook::host& host) {
    if (host.setting("/broken", false)) return scalehook::invalid("broken", "/broken is set");
    return std::make_unique<careful>();
  }
  writing notify(scalehook::call&, std::string_view) { return scalehook::done{}; }
};

TEST_F(Answers, ClassThatMakesItself) {
  bench<careful> good;
  EXPECT_EQ(good.created().status, SCALEHOOK_OK);
  EXPECT_EQ(good.notify("{}").status, SCALEHOOK_OK);
  bench<careful> bad{{{"/broken", true}}};
  EXPECT_EQ(bad.created().status, SCALEHOOK_INVALID);
  EXPECT_EQ(bad.notify("{}").explanation, "/broken is set");
}

}  // namespace
