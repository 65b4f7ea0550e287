#include "core/app/daemon.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <utility>

#include "core/alert/parse.hpp"
#include "core/api/decisions.hpp"
#include "core/api/lifecycle.hpp"
#include "core/api/pauses.hpp"
#include "core/api/webhook.hpp"
#include "core/app/version.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::app {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds request_limit = 10s;  // for requests that run when we stop
constexpr std::chrono::milliseconds call_limit = 15s;     // for plugins' calls, then
constexpr std::chrono::milliseconds destroy_limit = 2s;   // for plugins' instances, after that

// Each connection is a descriptor; the soft limit of 1024 is for programs that use select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Clients never take what plugins and the journal need: a quarter is left to them.
http::Limits web_limits() {
  http::Limits limits;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    limits.connections = std::min<std::size_t>(limits.connections, limit.rlim_cur / 4 * 3);
  }
  return limits;
}

}  // namespace

Daemon::Daemon(ServeOptions options, Control& control)
    : options_{std::move(options)}, control_{control}, metrics_{version()} {}

Daemon::~Daemon() {
  // The journal closes last, and may yet write what the engine is no more there to hear of.
  const std::lock_guard lock{mutex_};
  ended_ = true;
}

std::optional<std::string> Daemon::start() {
  raise_descriptor_limit();
  using Step = std::optional<std::string> (Daemon::*)();
  for (const Step step : {&Daemon::load_configuration, &Daemon::open_journal, &Daemon::start_engine,
                          &Daemon::replay, &Daemon::listen}) {
    if (auto fault = (this->*step)()) return fault;
  }
  thread_->post([this] { forget_old(); });
  ready_ = true;
  log::info("ready", {{"version", version()},
                      {"config_file", options_.config_file},
                      {"storage_path", options_.storage_path}});
  return std::nullopt;
}

std::optional<std::string> Daemon::load_configuration() {
  auto checked = check(options_.config_file);
  if (!checked) return checked.error();
  for (const auto& refusal : checked->catalog.refusals) {
    log::warn("plugin refused", {{"explanation", refusal}});
  }
  auto running = Running::create(*checked, options_.config_file, metrics_);
  if (!running) return running.error();
  running_ = *std::move(running);
  webhook_paths_ = checked->document.config.webhook_paths;
  retention_ = checked->document.config.history_retention;
  metrics_.config_reloaded(true);
  return std::nullopt;
}

std::optional<std::string> Daemon::open_journal() {
  auto journal = journal::Journal::open(
      options_.storage_path,
      [this](const journal::Commit& commit) {
        metrics_.journal_committed(commit.successful, commit.duration);
        metrics_.journal_queue(commit.waiting);
      },
      {},
      [this](const journal::Salvage& salvage) {
        metrics_.journal_salvaged();
        log::error("the journal was damaged: it is set aside, and what could be read of it goes on",
                   {{"set_aside", salvage.set_aside},
                    {"explanation", salvage.fault},
                    {"notifications", salvage.notifications},
                    {"states", salvage.states},
                    {"records", salvage.records}});
        // What could not be read is in the engine's memory, if one runs already.
        const std::lock_guard lock{mutex_};
        if (engine_ && !ended_) engine_->remember_all();
      });
  if (!journal) return journal.error();
  journal_ = *std::move(journal);
  return std::nullopt;
}

std::optional<std::string> Daemon::start_engine() {
  using dispatch::Engine;
  Engine::Kept kept;
  std::optional<dispatch::Anchor> before;
  for (const char* kind :
       {Engine::pause_kind, Engine::target_kind, Engine::begun_kind, Engine::group_kind}) {
    auto states = journal_->states(kind);
    std::move(states.begin(), states.end(), std::back_inserter(kept.states));
  }
  kept.events = journal_->events();
  kept.last_event = journal_->last_event();
  for (const auto& clock : journal_->states(dispatch::Engine::clock_kind)) {
    before = dispatch::parse_anchor(clock.json);
  }
  kept.is_first = !before;
  thread_ =
      std::make_unique<dispatch::EngineThread>(dispatch::go_on(before, dispatch::anchor_at({})));
  auto engine = std::make_unique<dispatch::Engine>(
      *thread_, metrics_, running_->setup(),
      [this](journal::Change change, std::function<void()> stored) {
        if (!stored) return journal_->store(std::move(change));
        journal_->store(std::move(change), [this, stored = std::move(stored)] {
          const std::lock_guard lock{mutex_};
          if (!ended_) stored();
        });
      });
  const std::lock_guard lock{mutex_};
  engine->recover(std::move(kept));
  engine_ = std::move(engine);
  return std::nullopt;
}

void Daemon::forget_old() {
  journal_->forget_before(thread_->now() - retention_.load());
  thread_->after(1h, [this] { forget_old(); });
}

// What was acknowledged before the last stop and not yet decided.
std::optional<std::string> Daemon::replay() {
  for (const auto& entry : journal_->unfinished()) {
    auto notification = alert::parse(entry.body);
    if (!notification) {  // it was one when it was stored: an older version read it otherwise
      log::error("stored notification can no longer be read",
                 {{"id", entry.id},
                  {"where", notification.error().where},
                  {"explanation", notification.error().message}});
      journal::Change unreadable;
      unreadable.finished = {entry.id};
      journal_->store(std::move(unreadable));
      continue;
    }
    log::info("notification taken up again", {{"id", entry.id}});
    engine_->receive(entry.id,
                     dispatch::Engine::coming(entry.received_at, *std::move(notification)));
  }
  engine_->start();
  return std::nullopt;
}

std::optional<std::string> Daemon::listen() {
  auto routes = api::lifecycle(
      {[this]() -> std::optional<std::string> {
         if (!ready_) return "it is starting or stopping";
         if (auto fault = journal_->fault()) return fault;
         return api::unavailable(*engine_);
       },
       [this](Control::Reloaded reloaded) { control_.ask_reload(std::move(reloaded)); },
       [this] {
         metrics_.http_connections(server_->connections());
         metrics_.notifications_undecided(engine_->undecided());
       }},
      metrics_);
  const auto add = [&](std::vector<http::Route> more) {
    std::move(more.begin(), more.end(), std::back_inserter(routes));
  };
  add(api::decisions(journal_->history(), [this] { return thread_->now(); }));
  // The engine's thread waits for nobody, so these answer soon.
  add(api::pauses(
      {.pause = [this](scaling::Pause pause) { engine_->pause(std::move(pause)).get(); },
       .resume = [this](const std::string& target,
                        const std::string& rule) { return engine_->resume(target, rule).get(); },
       .pauses = [this] { return engine_->pauses().get(); },
       .rules = [this] { return engine_->rules().get(); },
       .now = [this] { return thread_->now(); }}));
  for (const auto& path : webhook_paths_) {
    routes.push_back({"POST", path, api::webhook(*journal_, *engine_, metrics_)});
  }
  server_ =
      std::make_unique<http::Server>(std::move(routes), web_limits(),
                                     [this](std::string_view path, std::string_view method,
                                            unsigned status, std::chrono::nanoseconds duration) {
                                       metrics_.http_request(path, method, status, duration);
                                     });
  for (const auto& address : options_.listen_addresses) {
    const auto port = server_->listen(address);
    if (!port) return port.error();
    log::info("listening", {{"address", address}, {"port", *port}});
  }
  return std::nullopt;
}

std::optional<std::string> Daemon::reload() {
  const auto refuse = [this](std::string mistakes) {
    metrics_.config_reloaded(false);
    log::error("configuration not reloaded, the old one stays", {{"mistakes", mistakes}});
    return mistakes;
  };
  auto checked = check(options_.config_file);
  if (!checked) return refuse(checked.error());
  auto running = Running::create(*checked, options_.config_file, metrics_);
  if (!running) return refuse(running.error());
  for (const auto& library : checked->catalog.libraries) {
    if (!plugin::is_replaced(*library)) continue;
    log::warn("plugin file was replaced, and takes effect at the next start",
              {{"path", library->path}});
  }
  if (checked->document.config.webhook_paths != webhook_paths_) {
    log::warn("web.webhook_paths take effect at the next start");
  }
  retention_ = checked->document.config.history_retention;
  const auto old = std::exchange(running_, *std::move(running));
  engine_->configure(running_->setup()).wait();
  if (!old->stop(destroy_limit)) log::warn("a plugin of the old configuration does not end");
  metrics_.config_reloaded(true);
  log::info("configuration reloaded", {{"config_file", options_.config_file}});
  return std::nullopt;
}

bool Daemon::stop() {
  ready_ = false;
  control_.close();  // who waits for a reload is among those that the web server waits for
  bool orderly = true;
  if (server_) server_->stop(request_limit);
  if (engine_ && engine_->stop().wait_for(call_limit) != std::future_status::ready) {
    log::warn("a plugin's call does not return");
    orderly = false;
  }
  if (running_ && !running_->stop(orderly ? destroy_limit : 0ms)) orderly = false;
  if (journal_) journal_->flush();
  return orderly;
}

}  // namespace scalehook::app
