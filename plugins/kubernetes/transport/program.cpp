#include "plugins/kubernetes/transport/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>

#include "plugins/kubernetes/access/descriptor.hpp"

namespace scalehook::kubernetes {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_errors = 4096;

std::string reason(int error) { return std::generic_category().message(error); }

bool is_passing(int error) {
  constexpr int passing[] = {EAGAIN, ENOMEM, ETXTBSY, EMFILE, ENFILE};
  return std::ranges::find(passing, error) != std::end(passing);
}

// The reading end does not block; the program's end does, as programs expect.
struct Pipe {
  Descriptor read, write;

  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read = Descriptor{ends[0]};
    write = Descriptor{ends[1]};
    return ::fcntl(read.fd, F_SETFL, O_NONBLOCK) == 0;
  }
};

// Reads what is there; closes the descriptor at the end.
void drain(Descriptor& from, std::string& into) {
  std::array<char, 16384> buffer;
  while (from.fd >= 0) {
    const ssize_t size = ::read(from.fd, buffer.data(), buffer.size());
    if (size > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(size));
      if (into.size() > 2 * max_output) return;
    } else if (size == 0) {
      from.reset();
    } else if (errno != EINTR) {
      return;
    }
  }
}

// How long a kill may take. It does not take at once where the kernel is at work for the program.
constexpr auto longest_kill = std::chrono::milliseconds{500};

// Kills and reaps what is still running when the scope ends. What cannot be killed becomes a stray.
class Child {
 public:
  Child(pid_t pid, Strays& strays)
      : pid_{pid},
        strays_{strays},
        // Close-on-exec. (The declaration of glibc 2.36 is not for C++.)
        end_{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))} {}
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Readable once it has ended; -1: there is none.
  int end() const { return end_.fd; }

  // Once it has ended. Nothing if somebody else has taken its end.
  std::optional<int> wait() {
    int status = 0;
    pid_t ended = 0;
    do {
      ended = ::waitpid(pid_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    const bool mine = ended == std::exchange(pid_, -1);
    return mine ? std::optional{status} : std::nullopt;
  }

  // What became of it, in words.
  std::string kill() {
    constexpr const char* killed = "was killed";
    if (pid_ < 0) return killed;
    // Not reaped yet, so that neither number can be another's.
    if (::kill(-pid_, SIGKILL) == 0) {
      pollfd ended{end_.fd, POLLIN, 0};
      ::poll(&ended, 1, longest_kill.count());
    }
    const pid_t pid = std::exchange(pid_, -1);
    if (::waitpid(pid, nullptr, WNOHANG) != 0) return killed;
    strays_.add(pid);
    return "cannot be killed, for it has become another user or hangs in the kernel; it is left "
           "running";
  }

 private:
  pid_t pid_;
  Strays& strays_;
  const Descriptor end_;
};

std::vector<std::string> environment_of(const Program& program) {
  constexpr std::string_view of_the_daemon[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                                "LISTEN_FDS",    "LISTEN_PID",    "LISTEN_FDNAMES"};
  std::map<std::string, std::string, std::less<>> variables;
  for (char** each = environ; each && *each; ++each) {
    const std::string_view line{*each};
    const std::size_t end = line.find('=');
    if (end == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, end);
    if (std::ranges::find(of_the_daemon, name) != std::end(of_the_daemon)) continue;
    variables[std::string{name}] = line.substr(end + 1);
  }
  for (const auto& [name, value] : program.environment) variables[name] = value;
  std::vector<std::string> lines;
  lines.reserve(variables.size());
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Its pid, or minus the error.
pid_t spawn(const Program& program, int output, int errors) {
  std::vector<std::string> arguments{program.path.string()};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> environment = environment_of(program);

  // The daemon's threads block signals and it ignores SIGPIPE: neither is for the program.
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.path.c_str(), &actions, &attributes,
                                  pointers(arguments).data(), pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return error == 0 ? pid : -error;
}

}  // namespace

void Strays::add(pid_t pid) {
  const std::lock_guard lock{mutex_};
  pids_.push_back(pid);
}

void Strays::reap() {
  const std::lock_guard lock{mutex_};
  std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
}

outcome<Ran> run(const Program& program, const Patience& patience, Strays& strays) {
  strays.reap();
  const std::string name = program.path.string();
  Pipe output, errors;
  if (!output.open() || !errors.open()) {
    return retry("exec-failed", fmt::format("{} cannot be run: {}", name, reason(errno)));
  }
  const auto begin = Clock::now();
  const pid_t pid = spawn(program, output.write.fd, errors.write.fd);
  if (pid < 0) {
    const std::string why = fmt::format("{} cannot be run: {}", name, reason(-pid));
    if (is_passing(-pid)) return retry("exec-failed", why);
    return pid == -E2BIG ? failed("exec-failed", why) : denied("exec-missing", why);
  }
  Child child{pid, strays};
  output.write.reset();
  errors.write.reset();
  if (child.end() < 0) {
    const int error = errno;
    const std::string why = fmt::format("{} cannot be waited for: {}", name, reason(error));
    return is_passing(error) ? retry("exec-failed", why) : failed("exec-failed", why);
  }

  Ran ran;
  for (bool ended = false; !ended;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - Clock::now());
    pollfd polled[] = {{child.end(), POLLIN, 0},
                       {output.read.fd, POLLIN, 0},
                       {errors.read.fd, POLLIN, 0},
                       {patience.cancel_fd, POLLIN, 0}};
    if (left.count() > 0) {
      const auto wait = std::min<std::chrono::milliseconds>(left, std::chrono::minutes{1});
      if (::poll(polled, std::size(polled), static_cast<int>(wait.count())) < 0 && errno != EINTR) {
        return failed("exec-failed", fmt::format("poll: {}", reason(errno)));
      }
    }
    ended = polled[0].revents != 0;
    drain(output.read, ran.output);
    drain(errors.read, ran.errors);
    if (ran.output.size() > max_output) {
      return denied("exec-bad-answer",
                    fmt::format("{} wrote more than 1 MiB to stdout and {}", name, child.kill()));
    }
    if (ran.errors.size() > max_errors) ran.errors.erase(0, ran.errors.size() - max_errors);
    if (ended) break;
    const auto now = Clock::now();
    // The host cancels what has outlived its deadline: that is a timeout all the same.
    if (now >= patience.deadline) {
      return retry("exec-timeout",
                   fmt::format("{} did not end within {:.1f} s and {}", name,
                               std::chrono::duration<double>(now - begin).count(), child.kill()));
    }
    if (polled[3].revents != 0) {
      return cancelled(fmt::format("the call was cancelled; {} {}", name, child.kill()));
    }
  }
  const auto status = child.wait();
  if (!status) return failed("exec-failed", fmt::format("{} was waited for by others", name));
  ran.exit_code = WIFEXITED(*status) ? WEXITSTATUS(*status) : -1;
  ran.signal = WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
  return ran;
}

}  // namespace scalehook::kubernetes
