#include "core/http/server.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <list>
#include <optional>
#include <thread>
#include <unordered_set>

#include "core/http/connection.hpp"
#include "core/http/listen_address.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

// Connections beyond the limit that are told so at the same time; further ones are just closed.
constexpr std::size_t kTurnedAwayAtOnce = 256;

// Memory for connections that keep their room for a large request while they are idle.
constexpr std::size_t kRooms = std::size_t{4} * 1024 * 1024;

constexpr milliseconds kFirstAcceptPause{10};
constexpr milliseconds kLongestAcceptPause{1'000};

struct Listener {
  Listener(std::string written, tcp::acceptor bound)
      : address(std::move(written)), acceptor(std::move(bound)), pause(acceptor.get_executor()) {}
  std::string address;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
};

}  // namespace

// All members without a word of their own belong to the server's thread.
class Server::Impl {
 public:
  Impl(std::vector<Route> routes, Limits limits, Observer observer)
      : mailbox_(std::make_shared<Mailbox>(io_)),
        service_{.router = Router(std::move(routes)),
                 .limits = limits,
                 .observer = std::move(observer),
                 .body_budget = std::make_shared<Budget>(limits.body_bytes_in_flight),
                 .body_queue = std::make_shared<BodyQueue>(
                     limits.body_bytes_in_flight / std::max<std::size_t>(limits.connections, 1)),
                 .answer_budget = std::make_shared<Budget>(limits.answer_bytes_in_flight),
                 .room_budget = std::make_shared<Budget>(kRooms),
                 .mailbox = mailbox_,
                 .draining = false},
        work_(io_.get_executor()),
        drain_limit_(io_),
        thread_([this] { run(); }) {}

  ~Impl() { stop(milliseconds(0)); }

  boost::system::result<std::uint16_t, std::string> listen(const std::string& address);
  void stop(milliseconds limit);
  std::size_t connections() const { return open_; }

 private:
  void run();
  asio::awaitable<void> accept(Listener& listener);
  void admit(tcp::socket socket);
  void begin_drain(milliseconds limit);
  void end_drain_if_idle();

  asio::io_context io_{1};
  const std::shared_ptr<Mailbox> mailbox_;
  Service service_;
  std::list<Listener> listeners_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::size_t turned_away_ = 0;        // of connections_
  std::atomic<std::size_t> open_ = 0;  // the others of connections_; any thread reads
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer drain_limit_;
  std::thread thread_;  // joined by stop()
};

void Server::Impl::run() {
  pthread_setname_np(pthread_self(), "web");
  // What escapes is a fault of ours or an empty memory; either must not end the daemon.
  for (bool running = true; running;) {
    try {
      io_.run();
      running = false;
    } catch (const std::exception& fault) {
      log::error("the server's thread threw; it goes on", {{"error", fault.what()}});
    }
  }
}

boost::system::result<std::uint16_t, std::string> Server::Impl::listen(const std::string& address) {
  auto acceptor = listen_on(io_, address);
  if (!acceptor) return acceptor.error();
  const std::uint16_t port = acceptor->local_endpoint().port();
  asio::post(io_, [this, address, bound = std::move(*acceptor)]() mutable {
    if (service_.draining) return;
    listeners_.emplace_back(address, std::move(bound));
    asio::co_spawn(io_, accept(listeners_.back()), asio::detached);
  });
  return port;
}

asio::awaitable<void> Server::Impl::accept(Listener& listener) {
  milliseconds pause = kFirstAcceptPause;
  while (!service_.draining) {
    tcp::socket socket(io_);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await listener.acceptor.async_accept(socket, token);
    if (service_.draining) co_return;
    if (!error) {
      pause = kFirstAcceptPause;
      try {
        admit(std::move(socket));
      } catch (const std::exception& fault) {  // out of memory: this one is lost, not the listener
        log::error("cannot serve a connection", {{"error", fault.what()}});
      }
    } else if (error != asio::error::connection_aborted) {
      // Out of descriptors or memory, mostly. The connection stays in the kernel's queue, so
      // accepting again at once would spin.
      log::warn(
          "cannot accept connections; trying again later",
          {{"address", listener.address}, {"error", error.message()}, {"pause_ms", pause.count()}});
      listener.pause.expires_after(pause);
      pause = std::min(2 * pause, kLongestAcceptPause);
      co_await listener.pause.async_wait(token);
    }
  }
}

void Server::Impl::admit(tcp::socket socket) {
  const bool full = open_ >= service_.limits.connections;
  if (full && turned_away_ >= kTurnedAwayAtOnce) return;

  const auto connection =
      std::make_shared<Connection>(plain_stream(std::move(socket)), io_.get_executor(), service_);
  connections_.insert(connection);
  const auto ended = [this, connection, full](const std::exception_ptr& fault) {
    connections_.erase(connection);
    if (full) {
      --turned_away_;
    } else {
      --open_;
    }
    end_drain_if_idle();
    if (fault) std::rethrow_exception(fault);
  };
  if (full) {
    ++turned_away_;
    Response response = overload_response(fmt::format(
        "too many connections, {} are open; try again later", service_.limits.connections));
    asio::co_spawn(io_, connection->turn_away(std::move(response)), ended);
  } else {
    ++open_;
    asio::co_spawn(io_, connection->serve(), ended);
  }
}

void Server::Impl::stop(milliseconds limit) {
  if (!thread_.joinable()) return;
  asio::post(io_, [this, limit] { begin_drain(limit); });
  thread_.join();
  mailbox_->close();
}

void Server::Impl::begin_drain(milliseconds limit) {
  service_.draining = true;
  for (Listener& listener : listeners_) {
    error_code ignored;
    listener.acceptor.close(ignored);
    listener.pause.cancel();
  }
  for (const auto& connection : connections_) connection->close_if_idle();
  drain_limit_.expires_after(limit);
  drain_limit_.async_wait([this](const error_code& error) {
    if (error) return;
    for (const auto& connection : connections_) connection->abort();
  });
  work_.reset();  // the thread ends with the last connection
  end_drain_if_idle();
}

void Server::Impl::end_drain_if_idle() {
  if (service_.draining && connections_.empty()) drain_limit_.cancel();
}

Server::Server(std::vector<Route> routes, Limits limits, Observer observer)
    : impl_(std::make_unique<Impl>(std::move(routes), limits, std::move(observer))) {}

Server::~Server() = default;

boost::system::result<std::uint16_t, std::string> Server::listen(const std::string& address) {
  return impl_->listen(address);
}

void Server::stop(milliseconds limit) { impl_->stop(limit); }

std::size_t Server::connections() const { return impl_->connections(); }

}  // namespace scalehook::http
