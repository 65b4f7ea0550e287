#include "plugins/kubernetes/transport/exec_plugin.hpp"

#include <gmock/gmock.h>
#include <sys/eventfd.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "plugins/kubernetes/access/descriptor.hpp"
#include "tests/unit/kubernetes/files.hpp"

namespace scalehook::kubernetes {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

Patience patience(std::chrono::milliseconds time = 1min) {
  return {std::chrono::steady_clock::now() + time};
}

// Answers with the token "t<number of the run>".
constexpr const char* answer = R"(echo run >> runs
printf '{"apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "t%s"' $(wc -l < runs)
)";

class ExecPluginTest : public testing::Test {
 protected:
  ExecPlugin make(const std::string& script) {
    const Exec exec{.command = folder_.program("helper", script),
                    .api_version = "client.authentication.k8s.io/v1",
                    .install_hint = "see the handbook",
                    .where = "config:1:2: `exec`"};
    return {exec, [] { return "the info"; }};
  }
  static std::string token(const outcome<ExecPlugin::Credential>& result) {
    return result ? (*result)->token : result.error().code + ": " + result.error().explanation;
  }
  int runs() const {
    std::ifstream file{folder_.path("runs")};
    return static_cast<int>(std::count(std::istreambuf_iterator<char>{file}, {}, '\n'));
  }

  const Folder folder_;
};

TEST_F(ExecPluginTest, IsToldInTheEnvironment) {
  auto plugin = make(std::string{"echo \"$KUBERNETES_EXEC_INFO\" > told\n"} + answer + "echo '}}'");
  EXPECT_EQ(token(plugin.get(patience())), "t1");
  std::string told;
  std::getline(std::ifstream{folder_.path("told")}, told);
  EXPECT_EQ(told, "the info");
}

TEST_F(ExecPluginTest, RunsOnceForAllThatAskAtOnce) {
  auto plugin = make(std::string{"sleep 0.3\n"} + answer + "echo '}}'");
  std::vector<std::thread> threads;
  std::vector<std::string> tokens(16);
  for (auto& found : tokens) {
    threads.emplace_back([&] { found = token(plugin.get(patience())); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(tokens, testing::Each("t1"));
  EXPECT_EQ(runs(), 1);
  EXPECT_EQ(token(plugin.get(patience())), "t1");
  EXPECT_EQ(runs(), 1);
}

TEST_F(ExecPluginTest, RunsAgainOnceItsCredentialHasExpired) {
  auto plugin = make(std::string{answer} +
                     R"(echo ", \"expirationTimestamp\": \"$(date -ud +3sec +%FT%TZ)\"}}")");
  std::string found = token(plugin.get(patience()));
  EXPECT_EQ(found, "t1");
  while (found == "t1") found = token(plugin.get(patience()));
  EXPECT_EQ(found, "t2");
}

TEST_F(ExecPluginTest, TimesThatNoClockKnowsAreNoTrouble) {
  for (const char* const time : {"9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"}) {
    auto plugin =
        make(std::string{answer} + "echo ', \"expirationTimestamp\": \"" + time + "\"}}'");
    EXPECT_TRUE(plugin.get(patience())) << time;
  }
}

TEST_F(ExecPluginTest, AFailureHoldsForASecondAndSaysTheLastLine) {
  auto plugin =
      make("echo run >> runs; echo secret >&2; echo 'no login' >&2; echo ' ' >&2; exit 4");
  const auto result = plugin.get(patience());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, status::retry);
  EXPECT_EQ(token(result), "exec-failed: config:1:2: `exec`: " + folder_.path("helper").string() +
                               " failed with the exit status 4: no login");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(token(plugin.get(patience())), token(result));
  EXPECT_LT(runs(), 10);
  const int before = runs();
  while (runs() == before) EXPECT_FALSE(plugin.get(patience()));  // and then it runs again
}

TEST_F(ExecPluginTest, AMissingProgramSaysHowToInstallIt) {
  ExecPlugin plugin{{.command = "no-such-program-anywhere",
                     .install_hint = "see\nthe handbook",
                     .where = "config:1:2: `exec`"},
                    [] { return ""; }};
  EXPECT_EQ(token(plugin.get(patience())),
            "exec-missing: config:1:2: `exec`: there is no program no-such-program-anywhere in the "
            "daemon's PATH; see the handbook");
}

TEST_F(ExecPluginTest, SaysHowTooMuchOfTheClusterIsShortened) {
  ExecPlugin plugin{{.command = folder_.program("helper", "exit 0"), .where = "config:1:2: `exec`"},
                    [] { return std::string(std::size_t{1} << 20, 'x'); }};
  const auto result = plugin.get(patience());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().status, status::failed);
  EXPECT_THAT(token(result), AllOf(HasSubstr("exec-failed: config:1:2: `exec`: "),
                                   HasSubstr("KUBERNETES_EXEC_INFO is too long"),
                                   HasSubstr("set `provideClusterInfo: false`")));
}

// A call that can be cancelled.
struct Call {
  Descriptor cancel{::eventfd(0, EFD_CLOEXEC)};
  Patience patience() const { return {std::chrono::steady_clock::now() + 1min, cancel.fd}; }
  void end() const { ::eventfd_write(cancel.fd, 1); }
};

TEST_F(ExecPluginTest, EachWaitsWithinItsOwnTime) {
  auto plugin = make("echo run >> runs; sleep 1000");
  const Call first, second;
  std::thread slow{
      [&] { EXPECT_THAT(token(plugin.get(first.patience())), HasSubstr("cancelled")); }};
  while (runs() == 0) std::this_thread::yield();
  EXPECT_THAT(token(plugin.get(patience(100ms))),
              AllOf(HasSubstr("exec-timeout"), HasSubstr("had not ended when the call's time")));
  second.end();
  EXPECT_THAT(token(plugin.get(second.patience())), HasSubstr("cancelled"));
  EXPECT_EQ(runs(), 1);
  first.end();
  slow.join();
}

TEST_F(ExecPluginTest, ARunThatItsCallerGaveUpIsFollowedByTheNextCallers) {
  auto plugin =
      make("[ -e once ] || { touch once; sleep 1000; }\n" + std::string{answer} + "echo '}}'");
  const Call impatient;
  std::thread first{[&] { EXPECT_FALSE(plugin.get(impatient.patience())); }};
  while (!std::filesystem::exists(folder_.path("once"))) std::this_thread::yield();
  std::thread next{[&] { EXPECT_EQ(token(plugin.get(patience())), "t1"); }};
  impatient.end();
  first.join();
  next.join();
}

TEST_F(ExecPluginTest, AFailureBeforeTheExpiryIsPassedOver) {
  auto plugin = make("[ -e once ] && exit 1; touch once\n" + std::string{answer} +
                     R"(echo ", \"expirationTimestamp\": \"$(date -ud +3sec +%FT%TZ)\"}}")");
  const auto first = plugin.get(patience());
  ASSERT_TRUE(first);
  const auto expires = *(*first)->expires;
  while (std::chrono::system_clock::now() < expires - 100ms) {
    const auto again = plugin.get(patience());
    if (std::chrono::system_clock::now() >= expires - 100ms) break;
    EXPECT_EQ(token(again), "t1");
  }
  while (plugin.get(patience())) std::this_thread::yield();
}

}  // namespace
}  // namespace scalehook::kubernetes
