#include "core/app/control.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

namespace scalehook::app {
namespace {

constexpr const char* stopping_text = "scalehook is stopping";

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

}  // namespace

Control::Control() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) fail("pthread_sigmask");
  std::signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  if (signals_ < 0) fail("signalfd");
  asked_ = eventfd(0, EFD_CLOEXEC);
  if (asked_ < 0) fail("eventfd");
}

Control::~Control() {
  ::close(signals_);
  ::close(asked_);
}

void Control::ask_reload(Reloaded reloaded) {
  {
    std::unique_lock lock{mutex_};
    if (closed_) {
      lock.unlock();
      return reloaded(stopping_text);
    }
    waiting_.push_back(std::move(reloaded));
  }
  const std::uint64_t one = 1;
  while (write(asked_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

Control::Event Control::wait() {
  std::array<pollfd, 2> descriptors{{{signals_, POLLIN, 0}, {asked_, POLLIN, 0}}};
  for (;;) {
    if (poll(descriptors.data(), descriptors.size(), -1) < 0) {
      if (errno == EINTR) continue;
      fail("poll");
    }
    if ((descriptors[0].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      if (read(signals_, &info, sizeof info) != sizeof info) continue;
      return info.ssi_signo == SIGHUP ? Event::reload : Event::stop;
    }
    std::uint64_t count = 0;
    if (read(asked_, &count, sizeof count) == sizeof count) return Event::reload;
  }
}

std::vector<Control::Reloaded> Control::take_waiting() {
  const std::lock_guard lock{mutex_};
  return std::exchange(waiting_, {});
}

void Control::close() {
  std::vector<Reloaded> waiting;
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    waiting.swap(waiting_);
  }
  for (const auto& reloaded : waiting) reloaded(stopping_text);
}

}  // namespace scalehook::app
