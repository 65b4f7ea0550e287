// Instances of good and bad plugins, through the real loader: what they are given, what becomes of
// their answers, deadlines, and stopping.
#include "core/plugin/instance.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <future>
#include <mutex>

#include "tests/unit/telemetry/log_lines.hpp"

namespace scalehook::plugin {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
Deadline soon_enough() { return in(5min); }

struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void put() const { EXPECT_EQ(::write(ends[1], "!", 1), 1); }
  void take() const {
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  }
  int ends[2]{};
};

class PluginInstance : public testing::Test {
 protected:
  static std::shared_ptr<const Library> library(const std::string& path) {
    const auto loaded = load(path);
    EXPECT_TRUE(loaded) << loaded.error();
    return loaded ? *loaded : nullptr;
  }
  static std::shared_ptr<const Library> good() { return library(GOOD_PLUGINS "/echo.so"); }
  static std::shared_ptr<const Library> bad(const std::string& name) {
    return library(fmt::format(BAD_PLUGINS "/{}.so", name));
  }

  std::shared_ptr<Instance> create(const std::shared_ptr<const Library>& from,
                                   const json::value& settings = json::object()) {
    auto made = Instance::create(
        from, "ops", settings,
        [this](const std::string& instance, std::string_view call, const Outcome& outcome,
               std::chrono::nanoseconds duration) {
          const std::lock_guard lock(mutex_);
          observed_.push_back(fmt::format("{} {} {} {}{}", instance, call, to_text(outcome.status),
                                          outcome.code, duration.count() == 0 ? " unreached" : ""));
        },
        std::chrono::seconds(30),
        [this](const std::string& instance, bool stuck) {
          (stuck ? stuck_ : free_).set_value(instance);
        });
    EXPECT_TRUE(made) << made.error();
    return made ? *made : nullptr;
  }
  // "hangs", with its descriptors.
  std::shared_ptr<Instance> create_hanging() {
    return create(bad("hangs"), {{"began", began_.ends[1]}, {"release", release_.ends[0]}});
  }

  static std::future<ReadAnswer> read(Instance& instance, TargetFields target,
                                      Deadline deadline = soon_enough(),
                                      const Input& input = nullptr) {
    auto promise = std::make_shared<std::promise<ReadAnswer>>();
    instance.read(std::move(target), input, deadline,
                  [promise](ReadAnswer answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  static std::future<WriteAnswer> write(Instance& instance, TargetFields target, bool dry_run,
                                        Deadline deadline = soon_enough()) {
    auto promise = std::make_shared<std::promise<WriteAnswer>>();
    instance.write(std::move(target), 5, "v7", dry_run, nullptr, deadline,
                   [promise](WriteAnswer answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  static std::future<Outcome> notify(Instance& instance, std::vector<std::string> events) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    instance.notify(std::move(events), nullptr, soon_enough(),
                    [promise](Outcome answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  std::vector<std::string> observed() {
    const std::lock_guard lock(mutex_);
    return observed_;
  }

  log::LogLines log_;
  const Pipe began_;
  const Pipe release_;
  std::promise<std::string> stuck_, free_;  // the instance's name

 private:
  std::mutex mutex_;
  std::vector<std::string> observed_;  // guarded by mutex_
};

TEST_F(PluginInstance, GivesSettingsInputAndTargetAndTakesTheAnswer) {
  const auto instance = create(good(), {{"word", "hi"}});
  const auto input =
      std::make_shared<const json::value>(json::object{{"rule", {{"name", "queue"}}}});
  const ReadAnswer answer = read(*instance, {{"name", "shop"}}, soon_enough(), input).get();
  EXPECT_EQ(answer.outcome.status, Status::ok);
  EXPECT_EQ(answer.outcome.code, "paused");
  EXPECT_EQ(answer.outcome.explanation, "hi 7 ops queue name=shop namespace=default");
  EXPECT_EQ(answer.replicas, 3);
  EXPECT_EQ(answer.ready, 2);
  EXPECT_EQ(answer.max, 40);
  EXPECT_EQ(answer.version, "v1");
  EXPECT_EQ(answer.uid, "u1");
  EXPECT_EQ(answer.hold, "in");
  EXPECT_TRUE(instance->stop(1min));
  EXPECT_THAT(observed(), ElementsAre("ops read ok paused"));
}

TEST_F(PluginInstance, TellsOfSeveralEventsInOne) {
  const auto instance = create(good());
  const Outcome told = notify(*instance, {R"({"id": "1"})", R"({"id": "2"})"}).get();
  EXPECT_EQ(told.status, Status::ok);
  EXPECT_EQ(told.explanation, R"(2 events: {"id": "1"} {"id": "2"})");
  EXPECT_THAT(observed(), ElementsAre("ops notify ok "));
}

TEST_F(PluginInstance, OneThatTakesNoGroupsIsGivenNone) {
  const auto instance = create(bad("garbage"));
  EXPECT_FALSE(takes_groups(instance->library()));
  const Outcome told = notify(*instance, {"{}", "{}"}).get();
  EXPECT_EQ(told.status, Status::invalid);
  EXPECT_EQ(told.code, "no-groups");
  EXPECT_EQ(told.explanation, "plugin bad tells of one event at a time");
}

TEST_F(PluginInstance, WritesAndNotifies) {
  const auto instance = create(good());
  const WriteAnswer wet = write(*instance, {{"name", "shop"}}, false).get();
  EXPECT_EQ(wet.outcome.status, Status::ok);
  EXPECT_EQ(wet.outcome.explanation, "5 wet");
  EXPECT_EQ(wet.version, "v7+");
  EXPECT_EQ(write(*instance, {{"name", "shop"}}, true).get().outcome.explanation, "5 dry");

  const Outcome told = notify(*instance, {R"({"id": "1"})"}).get();
  EXPECT_EQ(told.status, Status::retry);
  EXPECT_EQ(told.code, "busy");
  EXPECT_EQ(told.explanation, R"({"id": "1"})");
  EXPECT_EQ(told.retry_after, 1500ms);
}

TEST_F(PluginInstance, LogsUnderTheInstancesNameWithoutControlCharacters) {
  create(good(), {{"word", "x"}});
  EXPECT_EQ(log_.take("created"),
            R"(level=info msg="created with {\"word\":\"x\",\"a/b\":{\"c~d\":7},\"broken\":false}")"
            " instance=ops");
}

TEST_F(PluginInstance, RefusesSettingsThatDoNotFit) {
  const auto made = Instance::create(good(), "ops", {{"wrod", 1}, {"broken", "no"}}, nullptr);
  ASSERT_FALSE(made);
  EXPECT_EQ(
      made.error(),
      "ops (plugin echo): the settings do not fit: /wrod: unknown key; did you mean \"word\"?; "
      "/broken: must be a boolean, not a string");
}

TEST_F(PluginInstance, TellsWhyCreateFailed) {
  const auto broken = Instance::create(good(), "ops", {{"broken", true}}, nullptr);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error(), "ops (plugin echo): /broken is true");

  const auto threw = Instance::create(bad("throws-from-create"), "ops", json::object(), nullptr);
  ASSERT_FALSE(threw);
  EXPECT_EQ(threw.error(),
            "ops (plugin bad): plugin bad threw in create: cannot parse the port; this is a fault "
            "of the plugin");

  const auto empty =
      Instance::create(bad("create-without-instance"), "ops", json::object(), nullptr);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error(), "ops (plugin bad): create answered ok without an instance");
}

TEST_F(PluginInstance, ACreateThatHangsIsCancelledAtItsLimit) {
  const auto made = Instance::create(bad("hangs-in-create"), "ops", json::object(), nullptr, 20ms);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(),
            "ops (plugin bad): create did not end within 0.02 s and was cancelled: still asking "
            "for a licence");
}

TEST_F(PluginInstance, ACreateThatCannotBeCancelledIsAbandoned) {
  const json::object settings{{"release", release_.ends[0]}, {"destroyed", began_.ends[1]}};
  const auto made = Instance::create(bad("hangs-in-create"), "ops", settings, nullptr, 20ms);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(),
            "ops (plugin bad): create did not end within 0.02 s, nor when it was cancelled; its "
            "thread is abandoned, and this is a fault of the plugin");
  release_.put();
  began_.take();  // of destroy: what came too late is not kept
}

TEST_F(PluginInstance, TargetsThatDoNotFitNeverReachThePlugin) {
  const auto instance = create(good());
  const ReadAnswer answer = read(*instance, {{"name", "Shop!"}, {"nmespace", "a"}}).get();
  EXPECT_EQ(answer.outcome.status, Status::invalid);
  EXPECT_EQ(answer.outcome.code, "target-invalid");
  EXPECT_EQ(answer.outcome.explanation,
            "the target does not fit: /name: must match ^[a-z-]+$; /nmespace: unknown key; did "
            "you mean \"namespace\"?");
}

TEST_F(PluginInstance, FailuresArriveAsTheyAre) {
  const auto instance = create(good());
  const Outcome outcome = read(*instance, {{"name", "gone"}}).get().outcome;
  EXPECT_EQ(outcome.status, Status::not_found);
  EXPECT_EQ(outcome.code, "http-404");
  EXPECT_EQ(outcome.explanation, "no such thing");
}

TEST_F(PluginInstance, RunsAsManyCallsAtOnceAsThePluginAllows) {
  const auto instance = create(good());
  auto first = read(*instance, {{"name", "meet"}});
  auto second = read(*instance, {{"name", "meet"}});
  EXPECT_EQ(first.get().outcome.status, Status::ok);
  EXPECT_EQ(second.get().outcome.status, Status::ok);
}

TEST_F(PluginInstance, ExceptionsBecomeFailures) {
  const auto instance = create(bad("throws-from-calls"));
  const Outcome from_read = read(*instance, {}).get().outcome;
  EXPECT_EQ(from_read.status, Status::failed);
  EXPECT_EQ(from_read.code, "exception");
  EXPECT_EQ(from_read.explanation,
            "plugin bad threw in read: vector::at; this is a fault of the plugin");
  EXPECT_EQ(write(*instance, {}, false).get().outcome.explanation,
            "plugin bad threw in write: bad line \ufffd; this is a fault of the plugin");
  EXPECT_EQ(notify(*instance, {"{}"}).get().explanation,
            "plugin bad threw in notify: something that is no std::exception; this is a fault of "
            "the plugin");
  EXPECT_TRUE(instance->stop(1min));
  EXPECT_EQ(log_.take("destroy"),
            "level=error msg=\"the plugin threw in destroy; this is a fault of the plugin\" "
            "instance=ops plugin=bad");
}

TEST_F(PluginInstance, GarbageBecomesAFailureThatNamesThePlugin) {
  const auto instance = create(bad("garbage"));
  const std::pair<const char*, const char*> cases[] = {
      {"nothing", "ok without replicas"},
      {"negative", "replicas -3, which is not 0 to 2147483647"},
      {"too-many", "replicas 9223372036854775807, which is not 0 to 2147483647"},
      {"status", "the unknown status 99"},
      {"negative-status", "the unknown status -1"},
      {"ready", "ready -1, which is not 0 to 2147483647"},
      {"max", "max -1, which is not 0 to 2147483647"},
      {"hold", "the hold \"sideways\", which is not in, out or all"},
      {"long-version", "a version of 100000 bytes, and 4096 is the most"},
      {"version-bytes", "a version that is not UTF-8 or has control characters"},
      {"uid-control", "a uid that is not UTF-8 or has control characters"},
      {"code", "the code \"no code at all\", which is not at most 64 of [A-Za-z0-9._-]"},
      {"retry-after", "a retry-after of -5 ms"},
  };
  for (const auto& [asked, complaint] : cases) {
    const ReadAnswer answer = read(*instance, {{"answer", asked}}).get();
    EXPECT_EQ(answer.outcome.status, Status::failed) << asked;
    EXPECT_EQ(answer.outcome.code, "bad-answer") << asked;
    EXPECT_EQ(
        answer.outcome.explanation,
        fmt::format("plugin bad answered read with {}; this is a fault of the plugin", complaint));
    EXPECT_EQ(answer.replicas, std::nullopt) << asked;
    EXPECT_EQ(answer.version, "") << asked;
  }
}

TEST_F(PluginInstance, ExplanationsAreMendedAndUnknownFieldsIgnored) {
  const auto instance = create(bad("garbage"));
  const ReadAnswer long_one = read(*instance, {{"answer", "long-explanation"}}).get();
  EXPECT_EQ(long_one.outcome.status, Status::ok);
  EXPECT_EQ(long_one.outcome.explanation, std::string(4096, 'x') + "…");
  EXPECT_EQ(read(*instance, {{"answer", "explanation-bytes"}}).get().outcome.explanation,
            "a b\ufffdc");
  const ReadAnswer unknown = read(*instance, {{"answer", "unknown-field"}}).get();
  EXPECT_EQ(unknown.outcome.status, Status::ok);
  EXPECT_EQ(unknown.replicas, 2);
}

TEST_F(PluginInstance, ACallStillQueuedAtItsDeadlineIsAnsweredWithoutReachingThePlugin) {
  const auto instance = create_hanging();
  auto running = read(*instance, {});
  began_.take();
  const ReadAnswer queued = read(*instance, {}, in(1ms)).get();
  EXPECT_EQ(queued.outcome.status, Status::retry);
  EXPECT_EQ(queued.outcome.code, "deadline-exceeded");
  EXPECT_EQ(queued.outcome.explanation,
            "waited 0.0 s for the only thread of plugin bad, busy with other calls; see why those "
            "take so long");
  EXPECT_TRUE(instance->stop(1min));
  EXPECT_EQ(running.get().outcome.status, Status::cancelled);
  EXPECT_THAT(observed(),
              ElementsAre("ops read retry deadline-exceeded unreached", "ops read cancelled "));
}

TEST_F(PluginInstance, ACallThatGotItsThreadTooLateSaysSo) {
  const auto instance = create_hanging();
  auto before = read(*instance, {}, in(1100ms));
  began_.take();
  const ReadAnswer late = read(*instance, {}, in(1200ms)).get();
  EXPECT_EQ(before.get().outcome.explanation.find("waited"), std::string::npos);
  EXPECT_EQ(late.outcome.status, Status::retry);
  EXPECT_THAT(late.outcome.explanation, HasSubstr("waited 1."));
  EXPECT_THAT(late.outcome.explanation, HasSubstr(" s for the only thread of plugin bad"));
}

TEST_F(PluginInstance, TargetsThatDoNotAnswerDoNotTakeAllThreads) {
  const auto instance =
      create(bad("mute"), {{"began", began_.ends[1]}, {"release", release_.ends[0]}});
  const TargetFields one{{"name", "one"}};
  const TargetFields two{{"name", "two"}};
  auto first = read(*instance, one, in(500ms));
  auto second = read(*instance, two, in(500ms));
  for (auto* mute : {&first, &second}) EXPECT_EQ(mute->get().outcome.status, Status::retry);
  began_.take();
  began_.take();

  first = read(*instance, one);
  second = read(*instance, two);
  EXPECT_EQ(read(*instance, {}, in(10s)).get().outcome.status, Status::ok)
      << "the other thread is for this";
  began_.take();
  EXPECT_THAT(
      read(*instance, two, in(1ms)).get().outcome.explanation,
      HasSubstr("for the only thread of plugin bad for targets that were not answered for"));
  release_.put();
  EXPECT_EQ(first.get().outcome.status, Status::ok);
  began_.take();
  release_.put();
  EXPECT_EQ(second.get().outcome.status, Status::ok) << "one after the other";

  // They answer again: both threads are theirs.
  first = read(*instance, one);
  second = read(*instance, two);
  began_.take();
  began_.take();
  EXPECT_TRUE(instance->stop(1min));
}

TEST_F(PluginInstance, ARunningCallIsCancelledAtItsDeadline) {
  const auto instance = create_hanging();
  const ReadAnswer answer = read(*instance, {}, in(20ms)).get();
  EXPECT_EQ(answer.outcome.status, Status::retry);
  EXPECT_EQ(answer.outcome.code, "deadline-exceeded");
}

TEST_F(PluginInstance, ACallThatIgnoresItsDeadlineIsGivenUpAndCostsItsOwnInstanceOnly) {
  const auto instance = create_hanging();
  const WriteAnswer answer = write(*instance, {}, false, in(2s)).get();
  EXPECT_EQ(answer.outcome.status, Status::retry);
  EXPECT_EQ(answer.outcome.code, "deadline-exceeded");
  EXPECT_EQ(answer.outcome.explanation, "plugin bad did not return by the deadline");

  const auto other = create(good());
  EXPECT_EQ(read(*other, {{"name", "shop"}}).get().outcome.status, Status::ok);
  // It is given nothing more, however much time there is for it.
  const ReadAnswer refused = read(*instance, {}, in(1h)).get();
  EXPECT_EQ(refused.outcome.status, Status::retry);
  EXPECT_EQ(refused.outcome.code, "plugin-stuck");
  EXPECT_THAT(refused.outcome.explanation, HasSubstr("plugin bad does not return"));
  EXPECT_EQ(stuck_.get_future().get(), "ops");
  // When it returns after all, the instance is as before, and the late answer goes nowhere.
  release_.put();
  EXPECT_THAT(log_.take("given up already"), HasSubstr("plugin=bad call=write seconds="));
  EXPECT_EQ(free_.get_future().get(), "ops");
  auto next = read(*instance, {});
  began_.take();  // of the write
  began_.take();  // of the read
  EXPECT_TRUE(instance->stop(1min));
  EXPECT_EQ(next.get().outcome.status, Status::cancelled);
}

TEST_F(PluginInstance, StopCancelsWhatRunsAndWhatIsQueued) {
  const auto instance = create_hanging();
  auto running = read(*instance, {});
  began_.take();
  auto queued = read(*instance, {});
  EXPECT_TRUE(instance->stop(1min));
  EXPECT_EQ(running.get().outcome.status, Status::cancelled);
  const Outcome never = queued.get().outcome;
  EXPECT_EQ(never.status, Status::cancelled);
  EXPECT_EQ(never.explanation, "cancelled before it reached plugin bad");
  // Afterwards all is cancelled at once, and stopping again says the same.
  EXPECT_EQ(read(*instance, {}).get().outcome.explanation, "plugin bad is being stopped");
  EXPECT_TRUE(instance->stop(1min));
}

TEST_F(PluginInstance, AStuckCallIsAbandonedAtTheLimitAndTouchesNothing) {
  auto instance = create_hanging();
  auto stuck = write(*instance, {}, false);
  began_.take();
  EXPECT_FALSE(instance->stop(1ms));
  const Outcome outcome = stuck.get().outcome;
  EXPECT_EQ(outcome.status, Status::cancelled);
  EXPECT_EQ(outcome.explanation, "plugin bad did not return when it was stopped");
  EXPECT_FALSE(instance->stop(1min)) << "the same result";
  instance.reset();
  release_.put();
  EXPECT_THAT(log_.take("given up already"), HasSubstr("plugin=bad call=write seconds="));
  began_.take();  // of destroy, by the abandoned thread
}

TEST_F(PluginInstance, TheLastReferenceMayBeDroppedInAnAnswer) {
  auto instance = create(good());
  std::promise<void> answered;
  Instance& raw = *instance;
  raw.read({{"name", "shop"}}, nullptr, soon_enough(),
           [kept = std::move(instance), &answered](const ReadAnswer&) mutable {
             kept.reset();
             answered.set_value();
           });
  answered.get_future().get();
}

TEST_F(PluginInstance, EveryCallIsAnsweredOnceWhenManyThreadsCallAndOneStops) {
  const auto instance = create(good());
  std::atomic<int> answers = 0;
  std::vector<std::thread> callers;
  callers.reserve(4);
  constexpr int each = 200;
  std::atomic<int> asked = 0;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < each; ++j) {
        instance->read({{"name", "shop"}}, nullptr, soon_enough(),
                       [&](const ReadAnswer&) { ++answers; });
        ++asked;
        asked.notify_all();
      }
    });
  }
  asked.wait(0);
  EXPECT_TRUE(instance->stop(1min));
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answers, 4 * each);
}

}  // namespace
}  // namespace scalehook::plugin
