#include "plugins/log/resolver.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

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

Resolver::Resolver(std::string host, std::string port, int type)
    : host_(std::move(host)),
      port_(std::move(port)),
      type_(type),
      finished_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!finished_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Resolver::~Resolver() {
  if (lookup_.joinable()) lookup_.join();
}

outcome<std::vector<Endpoint>> Resolver::resolve(const Limits& limits) {
  std::vector<Endpoint> numeric;
  if (look_up(host_, port_, type_, AI_NUMERICHOST, numeric) == 0) return numeric;

  if (lookup_.joinable() && wait_for(finished_.get(), POLLIN, {}) == Wait::ready) {
    finish();  // after its own call had ended
    if (!stale()) return found_;
  }
  if (!lookup_.joinable()) start();
  const auto wait = wait_for(finished_.get(), POLLIN, limits);
  if (wait != Wait::ready) {
    return gave_up(wait, "no name server gave the address of \"" + host_ + "\"");
  }
  finish();
  if (error_ == 0) return found_;
  return retry("resolve", "the name \"" + host_ + "\" has no address: " + gai_strerror(error_));
}

void Resolver::start() {
  // It inherits the mask of the host's worker, which blocks all signals.
  lookup_ = std::thread([this] {
    found_.clear();
    error_ = look_up(host_, port_, type_, 0, found_);
    found_at_ = std::chrono::steady_clock::now();
    eventfd_write(finished_.get(), 1);
  });
}

void Resolver::finish() {
  lookup_.join();
  eventfd_t count = 0;
  eventfd_read(finished_.get(), &count);
}

bool Resolver::stale() const {
  return error_ != 0 || std::chrono::steady_clock::now() - found_at_ > 1min;
}

}  // namespace scalehook::log
