// The parts of a running daemon, started in order and stopped in reverse.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/app/control.hpp"
#include "core/app/loading.hpp"
#include "core/app/options.hpp"
#include "core/dispatch/engine.hpp"
#include "core/dispatch/thread.hpp"
#include "core/http/server.hpp"
#include "core/journal/journal.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::app {

// All methods on the main thread.
class Daemon {
 public:
  Daemon(ServeOptions options, Control& control);
  ~Daemon();

  // One sentence, or many lines of the configuration's mistakes, if it cannot start.
  std::optional<std::string> start();
  // Swaps to the configuration file as it is now, whole or not at all.
  std::optional<std::string> reload();
  // False: a plugin's call did not return in time, so the process must end with _exit.
  bool stop();

 private:
  // The steps of start, in its order; each says what went wrong.
  std::optional<std::string> load_configuration();
  std::optional<std::string> open_journal();
  std::optional<std::string> start_engine();
  // Forgets decisions whose time is over, now and every hour.
  void forget_old();
  std::optional<std::string> replay();
  std::optional<std::string> listen();

  ServeOptions options_;
  Control& control_;
  std::atomic<bool> ready_ = false;  // read by the web server's thread
  // For the journal's thread: guards ended_ and the making of engine_, and is held while the engine
  // hears of what the journal did.
  std::mutex mutex_;
  bool ended_ = false;

  // In the order of their making; what is below uses what is above. But the thread ends before the
  // engine, whose work it runs.
  telemetry::Metrics metrics_;
  std::shared_ptr<Running> running_;
  std::vector<std::string> webhook_paths_;
  std::unique_ptr<journal::Journal> journal_;
  std::atomic<std::chrono::seconds> retention_;  // read by the engine's thread
  std::unique_ptr<dispatch::Engine> engine_;
  std::unique_ptr<dispatch::EngineThread> thread_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace scalehook::app
