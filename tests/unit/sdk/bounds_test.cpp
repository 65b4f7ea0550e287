// The bench refuses what the daemon refuses, so that a plugin's own tests find it first.
#include <gtest/gtest.h>

#include <functional>
#include <scalehook/testing.hpp>

namespace {

using scalehook::testing::answer;
using scalehook::testing::detail::call;
using scalehook::testing::detail::purpose;

class Bounds : public ::testing::Test {
 protected:
  // One call in which the plugin sets these and returns OK.
  answer after(purpose why, const std::function<void(call&)>& work) {
    call made{why, input_, cancellation_, std::chrono::seconds{1}};
    work(made);
    return made.finish(SCALEHOOK_OK);
  }
  static bool set(call& made, std::uint32_t field, std::int64_t value) {
    return made.api->set_integer(&made, field, value);
  }
  static bool set(call& made, std::uint32_t field, std::string_view value) {
    return made.api->set_text(&made, field, {value.data(), value.size()});
  }

  // A read in which this one value is refused, though it is set rightly afterwards.
  template <class Value>
  void refused(std::uint32_t field, Value wrong, Value right, const std::string& name) {
    const answer got = after(purpose::read, [&](call& made) {
      EXPECT_TRUE(set(made, SCALEHOOK_REPLICAS, std::int64_t{1}));
      EXPECT_FALSE(set(made, field, wrong)) << name;
      EXPECT_TRUE(set(made, field, right)) << name;
    });
    EXPECT_EQ(got.status, SCALEHOOK_FAILED) << name;
    EXPECT_EQ(got.code, "bad-answer") << name;
    EXPECT_EQ(got.explanation.find("the plugin answered a wrong " + name + ": "), 0u)
        << got.explanation;
    EXPECT_EQ(got.replicas, std::nullopt) << name;
  }

 private:
  const scalehook::testing::document input_{{}};
  scalehook::testing::detail::cancellation cancellation_;
};

TEST_F(Bounds, Counts) {
  for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{2147483648}, INT64_MAX}) {
    refused<std::int64_t>(SCALEHOOK_REPLICAS, wrong, 2147483647, "replicas");
    refused<std::int64_t>(SCALEHOOK_READY, wrong, 2147483647, "ready");
    refused<std::int64_t>(SCALEHOOK_MAX_REPLICAS, wrong, 2147483647, "max");
  }
}

TEST_F(Bounds, Codes) {
  for (const std::string& wrong :
       {std::string{"no code"}, std::string{"é"}, std::string(65, 'a')}) {
    refused<std::string_view>(SCALEHOOK_CODE, wrong, "http-403_A.b", "code");
  }
}

TEST_F(Bounds, Holds) {
  for (const char* wrong : {"sideways", "IN", "in "}) {
    refused<std::string_view>(SCALEHOOK_HOLD, wrong, "in", "hold");
  }
}

TEST_F(Bounds, VersionsAndIdentities) {
  const std::string wrongs[] = {std::string(1 << 20, 'v'),
                                std::string(4097, 'v'),
                                "tab\t",
                                std::string(1, '\0'),
                                "\x7f",
                                "\u0085",
                                "\xff",
                                "\xc0\xaf",
                                "\xe0\x80\x80",
                                "\xed\xa0\x80",
                                "\xf4\x90\x80\x80",
                                "\xf0\x80\x80\x80",
                                "cut \xe2\x82"};
  const std::string longest = std::string(4092, 'v') + "\U0001f680";
  for (const std::string& wrong : wrongs) {
    refused<std::string_view>(SCALEHOOK_VERSION, wrong, longest, "version");
    refused<std::string_view>(SCALEHOOK_UID, wrong, "é € \U0010ffff", "uid");
  }
}

TEST_F(Bounds, RetryAfter) {
  refused<std::int64_t>(SCALEHOOK_RETRY_AFTER_MS, -5, 5, "retry-after");
  const answer got = after(purpose::write, [&](call& made) {
    EXPECT_TRUE(set(made, SCALEHOOK_RETRY_AFTER_MS, INT64_MAX));
  });
  EXPECT_EQ(got.retry_after, std::chrono::hours{24});
}

TEST_F(Bounds, ExplanationsAreMended) {
  const answer got = after(purpose::notify, [&](call& made) {
    EXPECT_TRUE(set(made, SCALEHOOK_EXPLANATION, "two\nlines, \xff, é"));
  });
  EXPECT_EQ(got.status, SCALEHOOK_OK);
  EXPECT_EQ(got.explanation, "two lines, \ufffd, é");
  const answer cut = after(purpose::notify, [&](call& made) {
    EXPECT_TRUE(set(made, SCALEHOOK_EXPLANATION, std::string(5000, 'x')));
  });
  EXPECT_EQ(cut.explanation, std::string(4096, 'x') + "…");
}

TEST_F(Bounds, FieldsOfOtherCallsAreNotTakenAndNoFault) {
  const std::uint32_t counts[] = {SCALEHOOK_READY, SCALEHOOK_MAX_REPLICAS, 99};
  const std::uint32_t texts[] = {SCALEHOOK_UID, SCALEHOOK_HOLD, 99};
  for (const purpose why : {purpose::create, purpose::write, purpose::notify}) {
    const answer got = after(why, [&](call& made) {
      for (const std::uint32_t field : counts) EXPECT_FALSE(set(made, field, std::int64_t{1}));
      for (const std::uint32_t field : texts) EXPECT_FALSE(set(made, field, "in"));
      EXPECT_EQ(set(made, SCALEHOOK_VERSION, "v1"), why == purpose::write);
      EXPECT_EQ(set(made, SCALEHOOK_REPLICAS, std::int64_t{1}), why == purpose::write);
    });
    EXPECT_EQ(got.status, SCALEHOOK_OK);
    EXPECT_EQ(got.replicas.has_value(), why == purpose::write);
    EXPECT_EQ(got.hold, "");
  }
}

struct silent {
  static constexpr scalehook::info info{.name = "silent", .version = "1"};
  explicit silent(const scalehook::host&) {}
  scalehook::state read(scalehook::call&, const scalehook::target&) { return {.replicas = -1}; }
  scalehook::done write(scalehook::call&, const scalehook::target&, const scalehook::change&) {
    return {.version = std::string(5000, 'v')};
  }
};

TEST_F(Bounds, HoldOfWhatAClassAnswers) {
  scalehook::testing::bench<silent> plugin;
  EXPECT_EQ(plugin.read({}).code, "bad-answer");
  EXPECT_EQ(plugin.write({}, {}).code, "bad-answer");
  EXPECT_EQ(after(purpose::read, [](call&) {}).explanation,
            "the plugin answered ok without replicas");
}

}  // namespace
