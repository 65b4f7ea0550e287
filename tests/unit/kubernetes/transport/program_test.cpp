#include "plugins/kubernetes/transport/program.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include "plugins/kubernetes/access/descriptor.hpp"
#include "plugins/kubernetes/access/find_program.hpp"
#include "tests/unit/kubernetes/files.hpp"

namespace scalehook::kubernetes {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Patience patience(std::chrono::milliseconds time = std::chrono::minutes{1}) {
  return {std::chrono::steady_clock::now() + time};
}

std::size_t descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    ++count;
  }
  return count;
}

bool has_children() { return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0; }

bool runs(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string number, name, state;
  return static_cast<bool>(file >> number >> name >> state) && state != "Z";
}

class ProgramTest : public testing::Test {
 protected:
  Program program(const std::string& script) const {
    return {folder_.program("p", script), {}, {}};
  }
  std::string text(const std::string& file) const {
    std::ostringstream content;
    content << std::ifstream{folder_.path(file)}.rdbuf();
    return content.str();
  }
  outcome<Ran> run(const Program& program, const Patience& patience) {
    return kubernetes::run(program, patience, strays_);
  }
  ~ProgramTest() override { EXPECT_FALSE(has_children()); }

  const Folder folder_;
  Strays strays_;
};

TEST_F(ProgramTest, SaysHowItEndedAndWhatItWrote) {
  auto wanted = program("echo \"$1|$2|$A\"; echo oops >&2; exit 3");
  wanted.arguments = {"one two", "$HOME"};  // no shell reads them
  wanted.environment = {{"A", "b c"}};
  const auto ran = run(wanted, patience());
  ASSERT_TRUE(ran) << ran.error().explanation;
  EXPECT_EQ(ran->exit_code, 3);
  EXPECT_EQ(ran->output, "one two|$HOME|b c\n");
  EXPECT_EQ(ran->errors, "oops\n");
  const auto killed = run(program("kill -9 $$"), patience());
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->signal, SIGKILL);
}

TEST_F(ProgramTest, InheritsNothingButTheEnvironment) {
  const Environment ours{"SCALEHOOK_TEST", "seen"};
  const Environment systemd{"NOTIFY_SOCKET", "/run/secret"};
  const Descriptor leaked{::eventfd(0, 0)};  // as another library may leave one open
  ::signal(SIGPIPE, SIG_IGN);                // as in the daemon
  sigset_t all;
  ::sigfillset(&all);
  outcome<Ran> ran = failed("", "");
  std::thread{[&] {
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    ran = run(program("ls -l /proc/self/fd; grep Sig /proc/self/status; cat; "
                      "env | grep -E '^(SCALEHOOK|NOTIFY)'"),
              patience());
  }}.join();
  ASSERT_TRUE(ran) << ran.error().explanation;
  EXPECT_EQ(ran->errors, "");
  EXPECT_THAT(ran->output, AllOf(Not(HasSubstr("eventfd")), Not(HasSubstr("socket")),
                                 HasSubstr("0 -> /dev/null"), Not(HasSubstr("NOTIFY_SOCKET"))));
  EXPECT_THAT(ran->output, HasSubstr("SigBlk:\t0000000000000000"));
  // Those that glibc keeps to itself.
  EXPECT_THAT(ran->output, HasSubstr("SigIgn:\t0000000180000000"));
  EXPECT_THAT(ran->output, HasSubstr("SCALEHOOK_TEST=seen"));
}

// Waits for that file to be written, then cancels.
class Cancel {
 public:
  Cancel(const Folder& folder, const std::string& file)
      : thread_{[this, path = folder.path(file)] {
          std::error_code none;
          while (std::chrono::steady_clock::now() < deadline_ &&
                 (!std::filesystem::exists(path) || std::filesystem::file_size(path, none) == 0)) {
            std::this_thread::yield();
          }
          ::eventfd_write(cancel_.fd, 1);
        }} {}
  ~Cancel() { thread_.join(); }
  Patience patience() const { return {deadline_, cancel_.fd}; }

 private:
  const std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + std::chrono::minutes{1};
  const Descriptor cancel_{::eventfd(0, EFD_CLOEXEC)};
  std::thread thread_;
};

TEST_F(ProgramTest, KillsTheWholeGroupThoughItIgnoresSignals) {
  const Cancel cancel{folder_, "child"};
  const auto ran = run(program("trap '' TERM INT; echo $$ > self; sleep 1000 & echo $! > child; "
                               "wait"),
                       cancel.patience());
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().status, status::cancelled);
  EXPECT_THAT(ran.error().explanation, HasSubstr("was killed"));
  for (const char* const file : {"child", "self"}) {
    const pid_t pid = std::stoi(text(file));
    // Reaped by init once it has died, which is soon.
    while (runs(pid)) std::this_thread::yield();
  }
}

TEST_F(ProgramTest, EndsAtTheDeadline) {
  const auto ran = run(program("sleep 1000"), patience(std::chrono::milliseconds{50}));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().status, status::retry);
  EXPECT_EQ(ran.error().code, "exec-timeout");
  EXPECT_THAT(ran.error().explanation, HasSubstr(" s and was killed"));
}

// As sudo: it has the rights to become root, and nobody those to kill root's.
TEST_F(ProgramTest, LeavesRunningWhatItMayNotKill) {
  struct statvfs system {};
  ASSERT_EQ(::statvfs(folder_.path().c_str(), &system), 0);
  if (::geteuid() != 0 || ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0 ||
      (system.f_flag & ST_NOSUID) != 0) {
    GTEST_SKIP() << "only root can make a program that becomes root";
  }
  const auto setpriv = folder_.path("setpriv");
  std::filesystem::copy_file(find_program("setpriv"), setpriv);
  for (const auto& path : {folder_.path(), setpriv}) {
    ASSERT_EQ(::chmod(path.c_str(), S_ISUID | 0755), 0);
  }
  const std::string pid_file = folder_.path("pid").string();
  outcome<Ran> ran = failed("", "");
  std::thread{[&] {
    const Cancel cancel{folder_, "pid"};
    // Of this thread alone.
    ASSERT_EQ(::syscall(SYS_setresuid, 65534, 65534, 65534), 0);
    ran = run(
        {setpriv, {"--reuid", "0", "sh", "-c", "echo $$ > " + pid_file + "; exec sleep 1000"}, {}},
        cancel.patience());
  }}.join();
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().status, status::cancelled);
  EXPECT_THAT(ran.error().explanation, HasSubstr("cannot be killed"));
  const pid_t pid = std::stoi(text("pid"));
  EXPECT_TRUE(runs(pid));
  strays_.reap();
  EXPECT_TRUE(has_children());
  ::kill(pid, SIGKILL);
  while (runs(pid)) std::this_thread::yield();
  EXPECT_TRUE(run(program(""), patience()));  // which reaps it
  EXPECT_FALSE(has_children());
}

TEST_F(ProgramTest, DoesNotWaitForWhatIsLeftBehind) {
  const auto ran = run(program("sleep 1000 & echo $! > child; echo done"), patience());
  ASSERT_TRUE(ran) << ran.error().explanation;  // though the child holds its stdout open
  EXPECT_EQ(ran->output, "done\n");
  ::kill(std::stoi(text("child")), SIGKILL);
}

TEST_F(ProgramTest, GivesUpOnFloods) {
  const auto ran = run(program("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done"), patience());
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code, "exec-bad-answer");
  const auto told = run(program("head -c 3000000 /dev/zero >&2; echo end >&2"), patience());
  ASSERT_TRUE(told) << told.error().explanation;
  EXPECT_LE(told->errors.size(), 4096U);
  EXPECT_TRUE(told->errors.ends_with("end\n"));
}

TEST_F(ProgramTest, SaysWhyItCannotBeRun) {
  for (const auto& file :
       {folder_.path("none"), folder_.write("text", "no program"), folder_.path()}) {
    const auto ran = run({file, {}, {}}, patience());
    ASSERT_FALSE(ran) << file;
    EXPECT_EQ(ran.error().status, status::denied);
    EXPECT_EQ(ran.error().code, "exec-missing");
    EXPECT_THAT(ran.error().explanation, HasSubstr(file.string()));
  }
}

// A limit of this process until the end of the scope.
class Limit {
 public:
  Limit(int which, rlim_t value) : which_{which} {
    ::getrlimit(which_, &before_);
    const rlimit limit{value, before_.rlim_max};
    ::setrlimit(which_, &limit);
  }
  ~Limit() { ::setrlimit(which_, &before_); }

 private:
  const int which_;
  rlimit before_{};
};

TEST_F(ProgramTest, IsNotMissingWhereSomethingIsShort) {
  auto wanted = program("exit 0");
  {
    // Enough for the pipes, and for nothing more.
    const Descriptor next{::eventfd(0, EFD_CLOEXEC)};
    const Limit limit{RLIMIT_NOFILE, static_cast<rlim_t>(next.fd) + 5};
    const auto ran = run(wanted, patience());
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().status, status::retry) << ran.error().explanation;
    EXPECT_EQ(ran.error().code, "exec-failed");
  }
  wanted.environment = {{"A", std::string(std::size_t{1} << 20, 'x')}};
  const auto ran = run(wanted, patience());
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().status, status::failed);
  EXPECT_EQ(ran.error().code, "exec-failed");
}

TEST_F(ProgramTest, LeavesNothingBehindAfterTwoHundredRuns) {
  const auto wanted = program("echo x; exit 1");
  ASSERT_TRUE(run(wanted, patience()));
  const std::size_t before = descriptors();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(run(wanted, patience()));
  EXPECT_FALSE(run({folder_.path("none"), {}, {}}, patience()));
  EXPECT_FALSE(run(wanted, patience(std::chrono::milliseconds{0})));
  EXPECT_EQ(descriptors(), before);
  EXPECT_FALSE(has_children());
}

}  // namespace
}  // namespace scalehook::kubernetes
