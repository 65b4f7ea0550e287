#include "plugins/log/resolver.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace scalehook::log {
namespace {

using namespace std::chrono_literals;

// 0, or an error of getaddrinfo(3).
int look_up(const std::string& host, const std::string& port, int type, int flags,
            std::vector<Endpoint>& found) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = type;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &first);
  if (error != 0) return error;
  for (const auto* each = first; each; each = each->ai_next) {
    Endpoint endpoint;
    std::memcpy(&endpoint.address, each->ai_addr, each->ai_addrlen);
    endpoint.size = each->ai_addrlen;
    found.push_back(endpoint);
  }
  freeaddrinfo(first);
  return 0;
}

}  // namespace

struct Resolver::Lookup {
  Lookup(std::string its_host, std::string its_port, int its_type)
      : host(std::move(its_host)), port(std::move(its_port)), type(its_type) {}

  const std::string host;
  const std::string port;
  const int type;
  const Descriptor told{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};  // readable once it has ended
  std::atomic<bool> ended = false;  // what follows is the thread's until then
  int error = 0;
  std::vector<Endpoint> found;
  std::chrono::steady_clock::time_point found_at;

  void run() {
    error = look_up(host, port, type, 0, found);
    found_at = std::chrono::steady_clock::now();
    ended = true;
    eventfd_write(told.get(), 1);
  }

  bool fresh() const { return error == 0 && std::chrono::steady_clock::now() - found_at <= 1min; }
};

outcome<std::vector<Endpoint>> Resolver::resolve(const Limits& limits) {
  std::vector<Endpoint> numeric;
  if (look_up(host_, port_, type_, AI_NUMERICHOST, numeric) == 0) return numeric;

  if (lookup_ && lookup_->ended) {  // after its own call had
    const auto late = std::exchange(lookup_, nullptr);
    if (late->fresh()) return late->found;
  }
  if (!lookup_) {
    if (const auto started = start(); !started) return started.error();
  }
  const auto wait = wait_for(lookup_->told.get(), POLLIN, limits);
  if (!lookup_->ended) {
    return gave_up(wait, "no name server gave the address of \"" + host_ + "\"");
  }
  const auto own = std::exchange(lookup_, nullptr);
  if (own->error == 0) return own->found;
  return retry("resolve", "the name \"" + host_ + "\" has no address: " + gai_strerror(own->error));
}

outcome<done> Resolver::start() {
  const auto cannot = [&](const char* why) {
    return retry("resolve", "the name \"" + host_ + "\" cannot be looked up: " + why);
  };
  auto lookup = std::make_shared<Lookup>(host_, port_, type_);
  if (!lookup->told) return cannot(std::strerror(errno));
  try {
    // It inherits the mask of the host's worker, which blocks all signals.
    std::thread([lookup] { lookup->run(); }).detach();
  } catch (const std::system_error& fault) {
    return cannot(fault.code().message().c_str());
  }
  lookup_ = std::move(lookup);
  return done{};
}

}  // namespace scalehook::log
