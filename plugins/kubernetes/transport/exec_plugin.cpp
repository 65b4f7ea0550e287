#include "plugins/kubernetes/transport/exec_plugin.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "plugins/kubernetes/access/descriptor.hpp"
#include "plugins/kubernetes/access/find_program.hpp"
#include "plugins/kubernetes/access/one_line.hpp"

namespace scalehook::kubernetes {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A program that fails, or gives what the server refuses, is not run in a tight loop by hundreds of
// targets.
constexpr auto shortest_interval = 1s;

// MAX_ARG_STRLEN of Linux, less the name and the end of the variable.
constexpr std::size_t longest_info = (128U << 10) - sizeof "KUBERNETES_EXEC_INFO=";

std::chrono::system_clock::time_point time_to_renew(const ExecCredential& credential) {
  using namespace std::chrono;
  if (!credential.expires) return system_clock::time_point::max();
  const auto now = system_clock::now();
  // Not beyond what the system's clock can count.
  constexpr seconds longest = hours{24 * 365 * 100};
  const seconds left =
      std::clamp<seconds>(*credential.expires - floor<seconds>(now), -longest, longest);
  return floor<seconds>(now) + left - std::clamp<milliseconds>(milliseconds{left} / 10, 0ms, 10s);
}

bool is_over(const ExecCredential& credential) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return credential.expires && *credential.expires <= now;
}

// By its own caller, which says nothing to others.
template <class Result>
bool given_up(const Result& result) {
  return !result &&
         (result.error().status == status::cancelled || result.error().code == "exec-timeout");
}

// What people are told of its stderr: the last line, cut.
std::string last_line(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  const std::size_t begin = text.rfind('\n');
  return one_line(begin == std::string::npos ? text : text.substr(begin + 1), 200);
}

}  // namespace

// A run under way: a descriptor that is readable once it is over.
class ExecPlugin::Run {
 public:
  Run() : over_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (over_.fd < 0) throw retry("exec-failed", "no descriptor is left to wait for exec with");
  }
  void finish() { static_cast<void>(::eventfd_write(over_.fd, 1)); }
  // Nothing once it is over; else why it is not waited for any longer.
  std::optional<failure> wait(const Patience& patience, const Exec& program) const {
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - Clock::now());
      if (left.count() <= 0) {
        return retry("exec-timeout", fmt::format("{}: {} had not ended when the call's time was up",
                                                 program.where, program.command));
      }
      pollfd polled[] = {{over_.fd, POLLIN, 0}, {patience.cancel_fd, POLLIN, 0}};
      const auto wait = std::min<std::chrono::milliseconds>(left, std::chrono::minutes{1});
      ::poll(polled, std::size(polled), static_cast<int>(wait.count()));
      if (polled[0].revents != 0) return std::nullopt;
      if (polled[1].revents != 0 && Clock::now() < patience.deadline) {
        return cancelled("the call was cancelled");
      }
    }
  }

 private:
  const Descriptor over_;
};

ExecPlugin::ExecPlugin(Exec program, Info info)
    : program_{std::move(program)}, info_{std::move(info)} {}

outcome<ExecPlugin::Credential> ExecPlugin::get(const Patience& patience,
                                                const Credential& rejected) {
  for (;;) {
    std::shared_ptr<Run> other;
    std::shared_ptr<Run> mine;
    {
      const std::lock_guard lock{mutex_};
      const bool good =
          credential_ && credential_ != rejected && std::chrono::system_clock::now() < renew_at_;
      if (good) return credential_;
      if (last_ && Clock::now() - ended_ < shortest_interval) return *last_;
      other = run_;
      if (!other) run_ = mine = std::make_shared<Run>();
    }
    if (mine) {
      Result result = retry("exec-failed", "it was not run");
      try {
        result = ask(patience);
      } catch (const failure& fault) {
        result = fault;
      } catch (const std::exception& fault) {
        result = retry("exec-failed", fault.what());
      }
      const std::lock_guard lock{mutex_};
      keep(result, rejected);
      run_.reset();
      mine->finish();
      return given_up(result) ? result : *last_;
    }
    if (auto fault = other->wait(patience, program_)) return *std::move(fault);
  }
}

void ExecPlugin::keep(const Result& result, const Credential& rejected) {
  if (given_up(result)) return;
  ended_ = Clock::now();
  if (result) {
    credential_ = *result;
    renew_at_ = time_to_renew(*credential_);
  } else if (credential_ && credential_ != rejected && !is_over(*credential_)) {
    last_ = credential_;
    return;
  }
  last_ = result;
}

ExecPlugin::Result ExecPlugin::ask(const Patience& patience) {
  const auto told = [&](failure fault) {
    fault.explanation = fmt::format("{}: {}", program_.where, fault.explanation);
    return fault;
  };
  const auto missing = [&](const std::string& why) {
    const std::string hint = one_line(program_.install_hint, 500);
    return told(denied("exec-missing", hint.empty() ? why : why + "; " + hint));
  };
  const std::filesystem::path path = find_program(program_.command);
  if (path.empty()) {
    const bool searched = program_.command.find('/') == std::string::npos;
    return missing(fmt::format("there is no program {}{}", program_.command,
                               searched ? " in the daemon's PATH" : " that may be run"));
  }
  Program program{path, program_.arguments, program_.environment};
  const std::string info = info_();
  program.environment.emplace_back("KUBERNETES_EXEC_INFO", info);
  const auto ran = run(program, patience, strays_);
  if (!ran && ran.error().code == "exec-missing") return missing(ran.error().explanation);
  if (!ran && ran.error().status == status::failed && info.size() > longest_info) {
    return told(failed("exec-failed",
                       ran.error().explanation +
                           "; KUBERNETES_EXEC_INFO is too long (one variable may hold 128 KiB): "
                           "shorten certificate-authority or set `provideClusterInfo: false`"));
  }
  if (!ran) return told(ran.error());
  if (ran->exit_code != 0) {
    const std::string how = ran->signal != 0
                                ? fmt::format("was ended by the signal {}", ran->signal)
                                : fmt::format("failed with the exit status {}", ran->exit_code);
    const std::string said = last_line(ran->errors);
    return told(retry("exec-failed", fmt::format("{} {}{}{}", path.string(), how,
                                                 said.empty() ? "" : ": ", said)));
  }
  auto credential = parse_exec_credential(ran->output, program_.api_version);
  if (!credential) {
    auto fault = credential.error();
    fault.explanation = fmt::format("{}: {}", path.string(), fault.explanation);
    return told(std::move(fault));
  }
  return std::make_shared<const ExecCredential>(*std::move(credential));
}

}  // namespace scalehook::kubernetes
