// One call of a plugin: what it may ask, what it answers.
#pragma once

#include <scalehook/plugin.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "core/plugin/borrowed.hpp"
#include "core/plugin/instance.hpp"

namespace scalehook::plugin {

enum class CallKind { create, read, write, notify };
std::string_view to_text(CallKind kind);

// The plugin's thread asks and answers; another may cancel. What the plugin answers is judged as it
// comes: a field or value that is not allowed is refused, and the first of them kept as complaint.
class Call : public scalehook_call {
 public:
  Call(CallKind kind, Input input, Deadline deadline);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Any thread. Once, or more often.
  void cancel();
  bool is_cancelled() const;

  // Once the plugin has returned, on its thread: the answer, with outcome.status `failed` and an
  // explanation that names the plugin if `status` or what was answered makes no sense. A write's or
  // notification's answer leaves replicas and the like empty.
  ReadAnswer finish(scalehook_status status, const std::string& plugin);

  // For the table of plugin.h.
  const Borrowed& input() const { return input_; }
  bool set_integer(std::uint32_t field, std::int64_t value);
  bool set_text(std::uint32_t field, std::string_view value);
  std::int64_t deadline_ns() const;
  int cancel_fd() const;

 private:
  bool complain(std::string what);

  const CallKind kind_;
  const Borrowed input_;
  const Deadline deadline_;
  // By the plugin's thread only.
  ReadAnswer answer_;
  std::optional<std::int64_t> replicas_;
  std::string complaint_;

  mutable std::mutex mutex_;  // guards what follows
  bool cancelled_ = false;
  mutable int event_ = -1;  // an eventfd, made when it is first asked for
};

}  // namespace scalehook::plugin
