// Settings of every type, and of the wrong one.
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <scalehook/testing.hpp>

namespace {

using scalehook::testing::bench;
using scalehook::testing::entry;
using scalehook::testing::string_map;
using scalehook::testing::strings;

struct reader {
  static constexpr scalehook::info info{.name = "reader", .version = "1"};
  static inline std::function<void(const scalehook::host&)> look;
  explicit reader(const scalehook::host& host) { look(host); }
  scalehook::done notify(scalehook::call&, std::string_view) { return {}; }
};

// Runs `look` in the constructor of a plugin with these settings.
scalehook::testing::answer with(const std::vector<entry>& settings,
                                std::function<void(const scalehook::host&)> look) {
  reader::look = std::move(look);
  bench<reader> plugin{settings};
  return plugin.created();
}

const std::vector<entry> all = {{"/text", "x"},
                                {"/yes", true},
                                {"/count", 42},
                                {"/big", std::numeric_limits<std::int64_t>::max()},
                                {"/below", -1},
                                {"/ratio", 0.5},
                                {"/nothing", nullptr},
                                {"/to", strings{"a", "b"}},
                                {"/none", strings{}},
                                {"/headers", string_map{{"X-A", "1"}, {"a/b~c", "2"}}},
                                {"/tls/ca", "/etc/ca.pem"},
                                {"/ports/0", 80},
                                {"/ports/1", 443}};

TEST(Settings, EveryType) {
  with(all, [](const scalehook::host& host) {
    EXPECT_EQ(host.setting<std::string>("/text"), "x");
    EXPECT_EQ(host.setting<bool>("/yes"), true);
    EXPECT_EQ(host.setting<std::int64_t>("/count"), 42);
    EXPECT_EQ(host.setting<int>("/count"), 42);
    EXPECT_EQ(host.setting<std::int64_t>("/big"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(host.setting<double>("/ratio"), 0.5);
    EXPECT_EQ(host.setting<double>("/count"), 42.0);
    EXPECT_EQ(host.setting<strings>("/to"), (strings{"a", "b"}));
    EXPECT_EQ(host.setting<strings>("/none"), strings{});
    EXPECT_EQ(host.setting<string_map>("/headers"), (string_map{{"X-A", "1"}, {"a/b~c", "2"}}));
    EXPECT_EQ(host.setting<std::string>("/headers/a~1b~0c"), "2");
    EXPECT_EQ(host.setting<std::string>("/tls/ca"), "/etc/ca.pem");
    EXPECT_EQ(host.setting<std::vector<int>>("/ports"), (std::vector<int>{80, 443}));
  });
}

TEST(Settings, NoValueWhereThereIsNoneOrAnotherType) {
  with(all, [](const scalehook::host& host) {
    EXPECT_EQ(host.setting<std::string>("/missing"), std::nullopt);
    EXPECT_EQ(host.setting<std::string>("/nothing"), std::nullopt);
    EXPECT_EQ(host.setting<std::string>("/count"), std::nullopt);
    EXPECT_EQ(host.setting<bool>("/count"), std::nullopt);
    EXPECT_EQ(host.setting<int>("/ratio"), std::nullopt);
    EXPECT_EQ(host.setting<int>("/big"), std::nullopt);
    EXPECT_EQ(host.setting<unsigned>("/below"), std::nullopt);
    EXPECT_EQ(host.setting<double>("/text"), std::nullopt);
    EXPECT_EQ(host.setting<strings>("/text"), std::nullopt);
    EXPECT_EQ(host.setting<strings>("/ports"), std::nullopt);
    EXPECT_EQ(host.setting<string_map>("/to"), std::nullopt);
    EXPECT_EQ(host.setting("/missing", 7), 7);
    EXPECT_EQ(host.setting<std::string>("/missing", "else"), "else");
    EXPECT_EQ(host.setting("/count", 7), 42);
  });
}

TEST(Settings, AllAsText) {
  with({{"/to", strings{"a"}}, {"/n", 1.5}},
       [](const scalehook::host& host) { EXPECT_EQ(host.settings(), R"({"to":["a"],"n":1.5})"); });
  with({}, [](const scalehook::host& host) { EXPECT_EQ(host.settings(), "{}"); });
}

TEST(Settings, RequiredOnesAreInvalidWhenMissing) {
  const auto good = with(
      all, [](const scalehook::host& host) { EXPECT_EQ(host.require<std::string>("/text"), "x"); });
  EXPECT_EQ(good.status, SCALEHOOK_OK);
  const auto bad =
      with(all, [](const scalehook::host& host) { host.require<std::string>("/folder"); });
  EXPECT_EQ(bad.status, SCALEHOOK_INVALID);
  EXPECT_EQ(bad.code, "setting");
  EXPECT_NE(bad.explanation.find("/folder"), std::string::npos);
}

}  // namespace
