#include "core/journal/store.hpp"

#include <algorithm>
#include <utility>

namespace scalehook::journal {
namespace {

// A disk that damages one file after the other must not fill up with them.
constexpr std::chrono::minutes replaced_at_most_every{10};

// Each try to mend a file copies all of it.
constexpr std::chrono::seconds first_delay{1};
constexpr std::chrono::seconds longest_delay{60};

// Keeps the log's index in memory, where else it is a file, and the file to this process.
constexpr const char* without_index_file = "unix-excl";

}  // namespace

Store::Store(const std::string& folder, Salvaged salvaged)
    : path_(folder + "/journal.db"), salvaged_(std::move(salvaged)), history_(path_) {
  std::optional<Salvage> salvage;
  try {
    salvage = mend(path_, nullptr);
  } catch (const SqlError& error) {
    if (!error.is_full()) throw;
    salvage = mend(path_, without_index_file);
  }
  if (salvage) {
    replaced_ = std::chrono::steady_clock::now();
    if (salvaged_) salvaged_(*salvage);
  }
  open();
}

void Store::write(const std::function<void(Writer&)>& work,
                  const std::function<void(const SqlError&)>& damaged) {
  if (mending_) replace();
  if (cramped_ && has_written_) close();
  try {
    if (!writer_) open();
    work(*writer_);
  } catch (const SqlError& error) {
    if (!error.is_damage()) throw;
    if (!may_replace()) {
      throw std::runtime_error(path_ + " is damaged again (" + error.what() +
                               ") soon after it was mended; see to the disk, and it is mended in "
                               "ten minutes");
    }
    mending_.emplace(path_, error.what());
    damaged(error);
  }
  if (mending_) {
    replace();
    work(*writer_);
  }
  has_written_ = true;
}

void Store::open() {
  try {
    open_by(nullptr);
    cramped_ = false;
  } catch (const SqlError& error) {
    close();
    if (!error.is_full()) throw;
    open_by(without_index_file);
    cramped_ = true;
  }
  has_written_ = false;
}

void Store::open_by(const char* vfs) {
  std::optional<Writer> writer(std::in_place, path_, vfs);
  std::optional<Database> reader(std::in_place, path_, Database::Mode::read_only, vfs);
  // As far as to the index, whose absence would else be met by the first who reads.
  reader->number("SELECT count(*) FROM sqlite_schema");
  history_.connect(vfs);
  writer_.swap(writer);
  const std::lock_guard guard(reader_mutex_);
  reader_.swap(reader);
}

void Store::close() {
  history_.disconnect();
  {
    const std::lock_guard guard(reader_mutex_);
    reader_.reset();
  }
  writer_.reset();
}

void Store::replace() {
  const auto now = std::chrono::steady_clock::now();
  if (failed_ && now < failed_->again_at) std::rethrow_exception(failed_->fault);
  close();
  Salvage salvage;
  try {
    salvage = mending_->run();
  } catch (const std::exception&) {
    const auto delay = failed_ ? std::min(2 * failed_->delay, longest_delay) : first_delay;
    failed_ = {std::current_exception(), delay, std::chrono::steady_clock::now() + delay};
    throw;
  }
  mending_.reset();
  failed_.reset();
  replaced_ = std::chrono::steady_clock::now();
  if (salvaged_) salvaged_(salvage);
  open();
}

bool Store::may_replace() const {
  return !replaced_ || std::chrono::steady_clock::now() - *replaced_ >= replaced_at_most_every;
}

}  // namespace scalehook::journal
