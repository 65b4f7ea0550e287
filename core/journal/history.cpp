#include "core/journal/history.hpp"

#include <filesystem>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/journal/schema.hpp"
#include "core/journal/sqlite.hpp"

namespace scalehook::journal {
namespace {

// One seek for each target, however many records it has.
constexpr const char* distinct_targets = R"(
  WITH RECURSIVE each (target) AS (
    SELECT min(target) FROM record
    UNION ALL
    SELECT (SELECT min(record.target) FROM record WHERE record.target > each.target)
    FROM each WHERE each.target IS NOT NULL)
  SELECT target FROM each WHERE target > ''
)";

}  // namespace

class History::Impl {
 public:
  explicit Impl(std::string path) : path_(std::move(path)) {}

  void connect(const char* vfs) {
    const std::lock_guard guard(mutex_);
    Database database(path_, Database::Mode::read_only, vfs);
    check_version(database, path_);
    database_ = std::move(database);
  }

  void disconnect() {
    const std::lock_guard guard(mutex_);
    database_.reset();
  }

  template <typename Read>
  auto read(const char* sql, Read read_rows) {
    const std::lock_guard guard(mutex_);
    if (!database_) throw std::runtime_error(path_ + " is being mended; try again");
    try {
      Statement statement(*database_, sql);
      return read_rows(statement);
    } catch (const SqlError& error) {
      throw std::runtime_error(explain(path_, error, "try again"));
    }
  }

 private:
  const std::string path_;
  std::mutex mutex_;  // guards database_
  std::optional<Database> database_;
};

boost::system::result<std::unique_ptr<History>, std::string> History::open(
    const std::string& folder) {
  const std::string path = folder + "/journal.db";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return "there is no journal in " + folder + (error ? ": " + error.message() : "") +
           "; give the folder that the daemon has as --storage.path";
  }
  try {
    std::unique_ptr<History> history(new History(path));
    history->connect(nullptr);
    return history;
  } catch (const SqlError& fault) {
    return explain(path, fault, "try again");
  } catch (const std::runtime_error& fault) {
    return std::string(fault.what());
  }
}

History::History(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
History::~History() = default;

void History::connect(const char* vfs) { impl_->connect(vfs); }
void History::disconnect() { impl_->disconnect(); }

std::vector<Record> History::records(const Filter& filter) const {
  const char* const of_all =
      "SELECT notification, time, target, reason, json FROM record "
      "WHERE time >= ?2 ORDER BY time DESC, id DESC LIMIT ?1";
  const char* const of_target =
      "SELECT notification, time, target, reason, json FROM record "
      "WHERE target = ?3 AND time >= ?2 ORDER BY time DESC, id DESC LIMIT ?1";
  return impl_->read(filter.target ? of_target : of_all, [&](Statement& statement) {
    statement.bind(1, static_cast<std::int64_t>(filter.limit));
    statement.bind(2, filter.since ? filter.since->time_since_epoch().count()
                                   : std::numeric_limits<std::int64_t>::min());
    if (filter.target) statement.bind(3, *filter.target);
    std::vector<Record> records;
    while (statement.step()) {
      records.push_back({.notification = statement.number(0),
                         .time = Time(std::chrono::nanoseconds(statement.number(1))),
                         .target = statement.text(2),
                         .reason = statement.text(3),
                         .json = statement.text(4)});
    }
    return records;
  });
}

std::vector<DeadLetter> History::dead_letters(std::size_t limit) const {
  return impl_->read(
      "SELECT number, failed_at, notifier, explanation, json FROM event "
      "WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, number DESC LIMIT ?",
      [&](Statement& statement) {
        statement.bind(1, static_cast<std::int64_t>(limit));
        std::vector<DeadLetter> letters;
        while (statement.step()) {
          letters.push_back({.number = statement.number(0),
                             .time = Time(std::chrono::nanoseconds(statement.number(1))),
                             .notifier = statement.text(2),
                             .explanation = statement.text(3),
                             .json = statement.text(4)});
        }
        return letters;
      });
}

std::vector<std::string> History::targets() const {
  return impl_->read(distinct_targets, [](Statement& statement) {
    std::vector<std::string> targets;
    while (statement.step()) targets.push_back(statement.text(0));
    return targets;
  });
}

}  // namespace scalehook::journal
