#include "core/journal/journal.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
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

#include "core/journal/body.hpp"
#include "core/journal/folder_lock.hpp"
#include "core/journal/salvage.hpp"
#include "core/journal/sqlite.hpp"
#include "core/journal/store.hpp"
#include "core/journal/writer.hpp"

namespace scalehook::journal {
namespace {

constexpr std::chrono::seconds retry_interval{1};
constexpr std::size_t crowd = 4;
// From one commit to the next, unless as many entries wait before.
constexpr std::chrono::milliseconds crowd_interval{2};

Time to_time(std::int64_t number) { return Time(std::chrono::nanoseconds(number)); }

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

bool is_written(const Write& write) { return !write.forget && !write.tried; }

}  // namespace

class Journal::Impl {
 public:
  Impl(const std::string& folder, Observer observer, Limits limits, Salvaged salvaged)
      : path_(folder + "/journal.db"),
        observer_(std::move(observer)),
        limits_(limits),
        lock_(folder),
        store_(folder, std::move(salvaged)) {
    // Whoever asks whether it can be written shall not have to write first.
    fault_ = attempt([](Writer& writer) { writer.try_out(); });
    last_id_ = store_.read(
        "SELECT seq FROM sqlite_sequence WHERE name = 'notification'",
        [](Statement& statement) { return statement.step() ? statement.number(0) : 0; });
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
    bool was_empty{};
    {
      const std::lock_guard guard(mutex_);
      was_empty = queue_.empty();  // else the thread has been woken, or is at work
      queue_.push_back(std::move(write));
    }
    if (was_empty) changed_.notify_one();
  }

  // False if there is no room for the body; the write is as it was then.
  bool append(Write& write) {
    bool was_empty{};
    bool complete{};
    {
      const std::lock_guard guard(mutex_);
      const auto bytes = write.entry.body.size();
      if (waiting_bytes_ > 0 && waiting_bytes_ + bytes > limits_.waiting_bytes) return false;
      waiting_bytes_ += bytes;
      write.entry.id = ++last_id_;
      was_empty = queue_.empty();
      queue_.push_back(std::move(write));
      complete = ++entries_ == last_entries_;
    }
    if (was_empty || complete) changed_.notify_one();
    return true;
  }

  std::optional<std::string> fault() const {
    const std::lock_guard guard(mutex_);
    if (fault_.empty()) return std::nullopt;
    return fault_;
  }

  bool is_crowded() const { return crowded_; }

  const History& history() const { return store_.history(); }

  template <typename Read>
  auto read(const char* sql, Read read_rows) {
    return store_.read(sql, std::move(read_rows));
  }

 private:
  void write_until_stopped() {
    pthread_setname_np(pthread_self(), "journal");
    std::deque<Write> group;  // begins with what could not be written before
    std::chrono::steady_clock::time_point begun;
    std::unique_lock guard(mutex_);
    while (true) {
      const auto has_work = [&] { return !queue_.empty() || stopping_; };
      if (group.empty() && fault_.empty()) {
        changed_.wait(guard, has_work);
      } else {
        changed_.wait_for(guard, retry_interval, has_work);
      }
      // In a crowd a sync for many is worth more than one soon, until all are back.
      if (crowded_) {
        changed_.wait_until(guard, begun + crowd_interval, [&] {
          return stopping_ || (last_entries_ > 0 && entries_ >= last_entries_);
        });
      }
      const bool is_last = stopping_ && queue_.empty();
      if (is_last && group.empty()) return;
      std::move(queue_.begin(), queue_.end(), std::back_inserter(group));
      queue_.clear();
      crowded_ = group.size() >= crowd;
      last_entries_ = std::exchange(entries_, 0);
      begun = std::chrono::steady_clock::now();
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
    const std::string fault = attempt([&](Writer& writer) {
      if (std::any_of(group.begin(), group.end(), is_written)) {
        writer.commit(group);
      } else {
        writer.try_out();  // an empty transaction would not show whether it can be written
      }
    });
    note(fault, group);
    observe(fault.empty(), std::chrono::steady_clock::now() - begin, group.size());
    std::deque<Write> again;
    for (Write& write : group) {
      if (write.tried) {
        write.tried(fault.empty());
      } else if (write.forget) {
        // On its own, so that the others need not wait for it.
        if (!forget(*write.forget)) again.push_back(std::move(write));
      } else if (!write.committed) {
        if (!fault.empty()) {
          again.push_back(std::move(write));
        } else if (write.stored) {
          write.stored();
        }
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
    bool all = false;
    const std::string fault = attempt([&](Writer& writer) { all = writer.forget(before); });
    observe(fault.empty(), std::chrono::steady_clock::now() - begin, 1);
    return all && fault.empty();
  }

  // Answers why it failed, one sentence; nothing if it did not. Of damage it is told at once, for
  // it takes a while to mend a large file.
  std::string attempt(const std::function<void(Writer&)>& work) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      store_.write(work, [&](const SqlError& error) {
        {
          const std::lock_guard guard(mutex_);
          fault_ = explain(path_, error, {});
        }
        observe(false, std::chrono::steady_clock::now() - begin, 1);
      });
    } catch (const SqlError& error) {
      return explain(path_, error, "writing goes on by itself");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }

  void note(const std::string& fault, const std::deque<Write>& group) {
    const std::lock_guard guard(mutex_);
    fault_ = fault;
    for (const Write& write : group) {
      if (write.committed) waiting_bytes_ -= write.entry.body.size();
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
  const Limits limits_;
  FolderLock lock_;
  Store store_;  // written to by thread_ only

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Write> queue_;
  std::size_t waiting_bytes_ = 0;  // of bodies that are not written yet
  std::int64_t last_id_ = 0;       // that was given to an entry
  std::size_t entries_ = 0;        // in the queue
  std::size_t last_entries_ = 0;   // in the last group
  std::string fault_;              // of the last try to write; empty if it was successful
  bool stopping_ = false;
  std::atomic<bool> crowded_ = false;  // the last group was large
  std::thread thread_;
};

boost::system::result<std::unique_ptr<Journal>, std::string> Journal::open(
    const std::string& folder, Observer observer, Limits limits, Salvaged salvaged) {
  try {
    create(folder, folder + "/journal.db");
    return std::unique_ptr<Journal>(new Journal(
        std::make_unique<Impl>(folder, std::move(observer), limits, std::move(salvaged))));
  } catch (const SqlError& error) {
    return explain(folder + "/journal.db", error, "start it again");
  } catch (const std::runtime_error& error) {
    return std::string(error.what());
  }
}

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

void Journal::append(Time received_at, std::string body, Committed committed) {
  Write write;
  write.entry = {.id = 0, .received_at = received_at, .body = std::move(body)};
  write.committed = committed ? std::move(committed) : [](const auto&) {};
  if (impl_->append(write)) return;
  write.committed("more notifications wait for the disk than there is room for");
}

void Journal::store(Change change, std::function<void()> stored) {
  Write write;
  write.change = std::move(change);
  write.stored = std::move(stored);
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
                                            .body = unpacked(statement.text(2)).value_or("")});
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

std::vector<Event> Journal::events() const {
  return impl_->read(
      "SELECT number, notifier, json FROM event WHERE failed_at IS NULL ORDER BY number",
      [](Statement& statement) {
        std::vector<Event> events;
        while (statement.step()) {
          events.push_back({statement.number(0), statement.text(1), statement.text(2)});
        }
        return events;
      });
}

std::int64_t Journal::last_event() const {
  return impl_->read("SELECT max(number) FROM event", [](Statement& statement) {
    return statement.step() ? statement.number(0) : 0;
  });
}

std::optional<std::string> Journal::fault() const { return impl_->fault(); }

bool Journal::is_crowded() const { return impl_->is_crowded(); }

const History& Journal::history() const { return impl_->history(); }

}  // namespace scalehook::journal
