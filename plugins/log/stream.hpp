// A connection to a syslog receiver.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

#include "plugins/log/descriptor.hpp"
#include "plugins/log/wait.hpp"

namespace scalehook::log {

// TCP in the clear. For one thread at a time.
class Stream {
 public:
  // `socket` is connected; `peer` is what messages call the other side.
  Stream(Descriptor socket, std::string peer)
      : socket_(std::move(socket)), peer_(std::move(peer)) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Until the peer's system has acknowledged all of it. A failure is `retry` with the code "write"
  // or "timeout"; the peer may have a part of the data then, and the stream is of no use any more.
  outcome<done> send(std::string_view data, const Limits& limits);

  // Has the peer closed it, or the system given it up? What a receiver says is nothing to us.
  virtual bool closed();

 protected:
  // Until the system has taken all of it.
  virtual outcome<done> put(std::string_view data, const Limits& limits);

  int fd() const { return socket_.get(); }
  const std::string& peer() const { return peer_; }

 private:
  const Descriptor socket_;
  const std::string peer_;
};

}  // namespace scalehook::log
