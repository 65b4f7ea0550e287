#include "core/journal/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <future>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/journal/folder_lock.hpp"
#include "core/journal/schema.hpp"
#include "core/journal/sqlite.hpp"

namespace scalehook::journal {
namespace {

constexpr std::chrono::seconds retry_interval{1};

std::int64_t to_number(Time time) { return time.time_since_epoch().count(); }
Time to_time(std::int64_t number) { return Time(std::chrono::nanoseconds(number)); }

// So many at a time that what waits meanwhile does not notice.
constexpr int records_forgotten_at_once = 5'000;
constexpr int pages_given_back_at_once = 5'000;

// A call of append, finish, forget_before or flush.
struct Write {
  Entry entry;                      // of finish only the id
  Journal::Committed committed;     // of append
  std::vector<Record> records;      // of finish
  std::vector<State> states;        // of finish
  std::optional<Time> forget;       // of forget_before
  std::function<void(bool)> tried;  // of flush, with whether all before it is on disk
};

// Folder and file are private: bodies hold whatever people put into alerts.
void create(const std::string& folder, const std::string& file) {
  std::error_code error;
  if (std::filesystem::create_directories(folder, error)) {
    std::filesystem::permissions(folder, std::filesystem::perms(0750), error);
  }
  if (error) {
    throw std::runtime_error("the storage folder " + folder +
                             " cannot be created: " + error.message());
  }
  // SQLite gives its own files the rights of this one.
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  if (made >= 0) ::close(made);
}

// The statements of the writing connection.
class Writer {
 public:
  explicit Writer(const std::string& path) : database_(path, Database::Mode::read_write) {
    prepare(database_, path);
    begin_.emplace(database_, "BEGIN IMMEDIATE");
    commit_.emplace(database_, "COMMIT");
    append_.emplace(database_, "INSERT INTO notification (received_at, body) VALUES (?, ?)");
    finish_.emplace(database_, "DELETE FROM notification WHERE id = ?");
    record_.emplace(database_,
                    "INSERT INTO record (notification, time, target, reason, json) "
                    "VALUES (nullif(?, 0), ?, ?, ?, ?)");
    keep_.emplace(database_, "INSERT OR REPLACE INTO state (kind, name, json) VALUES (?, ?, ?)");
    drop_.emplace(database_, "DELETE FROM state WHERE kind = ? AND name = ?");
    forget_.emplace(database_,
                    "DELETE FROM record WHERE id IN "
                    "(SELECT id FROM record WHERE time < ? ORDER BY time LIMIT ?)");
  }

  // All or none. Sets the ids of appended entries; throws SqlError.
  void commit(std::deque<Write>& writes) {
    transact([&] {
      for (Write& write : writes) apply(write);
    });
  }

  // Whether no record from before that time is left; throws SqlError.
  bool forget(Time before) {
    transact([&] { forget_->bind(1, to_number(before)).bind(2, records_forgotten_at_once).run(); });
    const bool all = sqlite3_changes(database_.handle()) < records_forgotten_at_once;
    database_.run(
        ("PRAGMA incremental_vacuum(" + std::to_string(pages_given_back_at_once) + ")").c_str());
    return all;
  }

 private:
  template <typename Change>
  void transact(Change change) {
    begin_->run();
    try {
      change();
      commit_->run();
    } catch (const SqlError&) {
      // Some faults have rolled back already.
      if (sqlite3_get_autocommit(database_.handle()) == 0) database_.run("ROLLBACK");
      throw;
    }
  }

  void apply(Write& write) {
    if (write.committed) {
      append_->bind(1, to_number(write.entry.received_at)).bind_blob(2, write.entry.body).run();
      write.entry.id = sqlite3_last_insert_rowid(database_.handle());
      return;
    }
    if (write.entry.id != 0) finish_->bind(1, write.entry.id).run();
    for (const Record& record : write.records) {
      record_->bind(1, record.notification)
          .bind(2, to_number(record.time))
          .bind(3, record.target)
          .bind(4, record.reason)
          .bind(5, record.json)
          .run();
    }
    for (const State& state : write.states) {
      if (state.json.empty()) {
        drop_->bind(1, state.kind).bind(2, state.name).run();
      } else {
        keep_->bind(1, state.kind).bind(2, state.name).bind(3, state.json).run();
      }
    }
  }

  Database database_;
  std::optional<Statement> begin_, commit_, append_, finish_, record_, keep_, drop_, forget_;
};

}  // namespace

class Journal::Impl {
 public:
  Impl(const std::string& folder, Observer observer)
      : path_(folder + "/journal.db"),
        observer_(std::move(observer)),
        lock_(folder),
        writer_(path_),
        reader_(path_, Database::Mode::read_only),
        history_(open_history(folder)) {
    // Damage among what must be taken up again is better told now than by a lost alert.
    reader_.number("SELECT count(*), total(length(body)) FROM notification");
    reader_.number("SELECT max(id) FROM record");
    thread_ = std::thread([this] { write_until_stopped(); });
  }

  ~Impl() {
    {
      const std::lock_guard guard(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void enqueue(Write write) {
    {
      const std::lock_guard guard(mutex_);
      queue_.push_back(std::move(write));
    }
    changed_.notify_one();
  }

  const History& history() const { return *history_; }

  template <typename Read>
  auto read(const char* sql, Read read_rows) {
    const std::lock_guard guard(reader_mutex_);
    try {
      Statement statement(reader_, sql);
      return read_rows(statement);
    } catch (const SqlError& error) {
      throw std::runtime_error(explain(path_, error));
    }
  }

 private:
  static std::unique_ptr<History> open_history(const std::string& folder) {
    auto history = History::open(folder);
    if (!history) throw std::runtime_error(history.error());
    return *std::move(history);
  }

  void write_until_stopped() {
    std::deque<Write> group;  // begins with what could not be written before
    std::unique_lock guard(mutex_);
    while (true) {
      const auto has_work = [&] { return !queue_.empty() || stopping_; };
      if (group.empty()) {
        changed_.wait(guard, has_work);
      } else {
        changed_.wait_for(guard, retry_interval, has_work);
      }
      const bool is_last = stopping_ && queue_.empty();
      if (is_last && group.empty()) return;
      std::move(queue_.begin(), queue_.end(), std::back_inserter(group));
      queue_.clear();
      guard.unlock();
      write(group);
      guard.lock();
      // What is still unwritten are finishes: their notifications are unfinished at the next start.
      if (is_last) return;
    }
  }

  // Leaves in the group what has to be tried again.
  void write(std::deque<Write>& group) {
    const auto begin = std::chrono::steady_clock::now();
    std::string fault;
    try {
      writer_.commit(group);
    } catch (const SqlError& error) {
      fault = explain(path_, error);
    }
    observe(fault.empty(), std::chrono::steady_clock::now() - begin, group.size());
    std::deque<Write> again;
    for (Write& write : group) {
      if (write.tried) {
        write.tried(fault.empty());
      } else if (write.forget) {
        // On its own, so that the others need not wait for it.
        if (!forget(*write.forget)) again.push_back(std::move(write));
      } else if (!write.committed) {
        if (!fault.empty()) again.push_back(std::move(write));
      } else if (fault.empty()) {
        write.committed(write.entry.id);
      } else {
        write.committed(fault);
      }
    }
    group = std::move(again);
  }

  // Whether there is nothing left to do.
  bool forget(Time before) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      const bool all = writer_.forget(before);
      observe(true, std::chrono::steady_clock::now() - begin, 1);
      return all;
    } catch (const SqlError&) {
      observe(false, std::chrono::steady_clock::now() - begin, 1);
      return false;
    }
  }

  void observe(bool successful, std::chrono::nanoseconds duration, std::size_t writes) {
    if (!observer_) return;
    std::size_t waiting{};
    {
      const std::lock_guard guard(mutex_);
      waiting = queue_.size();
    }
    observer_({successful, duration, writes, waiting});
  }

  const std::string path_;
  const Observer observer_;
  FolderLock lock_;
  Writer writer_;  // used by thread_ only

  std::mutex reader_mutex_;  // guards reader_
  Database reader_;
  const std::unique_ptr<History> history_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Write> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

boost::system::result<std::unique_ptr<Journal>, std::string> Journal::open(
    const std::string& folder, Observer observer) {
  try {
    create(folder, folder + "/journal.db");
    return std::unique_ptr<Journal>(
        new Journal(std::make_unique<Impl>(folder, std::move(observer))));
  } catch (const SqlError& error) {
    return explain(folder + "/journal.db", error);
  } catch (const std::runtime_error& error) {
    return std::string(error.what());
  }
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

void Journal::append(Time received_at, std::string body, Committed committed) {
  if (!committed) committed = [](const auto&) {};
  Write write;
  write.entry = {.id = 0, .received_at = received_at, .body = std::move(body)};
  write.committed = std::move(committed);
  impl_->enqueue(std::move(write));
}

void Journal::finish(std::int64_t notification, std::vector<Record> records,
                     std::vector<State> states) {
  Write write;
  write.entry.id = notification;
  write.records = std::move(records);
  write.states = std::move(states);
  impl_->enqueue(std::move(write));
}

void Journal::forget_before(Time time) {
  Write write;
  write.forget = time;
  impl_->enqueue(std::move(write));
}

bool Journal::flush() {
  // Writes nothing, but in one try with all that came before.
  const auto written = std::make_shared<std::promise<bool>>();
  auto answer = written->get_future();
  Write write;
  write.tried = [written](bool successful) { written->set_value(successful); };
  impl_->enqueue(std::move(write));
  return answer.get();
}

std::vector<Entry> Journal::unfinished() const {
  return impl_->read("SELECT id, received_at, body FROM notification ORDER BY id",
                     [](Statement& statement) {
                       std::vector<Entry> entries;
                       while (statement.step()) {
                         entries.push_back({.id = statement.number(0),
                                            .received_at = to_time(statement.number(1)),
                                            .body = statement.text(2)});
                       }
                       return entries;
                     });
}

std::vector<State> Journal::states(const std::string& kind) const {
  return impl_->read("SELECT name, json FROM state WHERE kind = ? ORDER BY name",
                     [&](Statement& statement) {
                       statement.bind(1, kind);
                       std::vector<State> states;
                       while (statement.step()) {
                         states.push_back({kind, statement.text(0), statement.text(1)});
                       }
                       return states;
                     });
}

const History& Journal::history() const { return impl_->history(); }

}  // namespace scalehook::journal
