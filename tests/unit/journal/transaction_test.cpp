// All of a transaction is done, or nothing.
#include <new>
#include <stdexcept>

#include "core/journal/sqlite.hpp"
#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

class TransactionTest : public Folder {
 protected:
  TransactionTest() {
    std::filesystem::create_directories(folder());
    database.emplace(file(), Database::Mode::read_write);
    database->run("CREATE TABLE t (x UNIQUE)");
    transaction.emplace(*database);
  }

  void insert() { database->run("INSERT INTO t VALUES (1)"); }
  std::int64_t rows() { return database->number("SELECT count(*) FROM t"); }

  std::optional<Database> database;
  std::optional<Transaction> transaction;
};

TEST_F(TransactionTest, IsKept) {
  transaction->run([&] { insert(); });
  EXPECT_EQ(number("SELECT count(*) FROM t"), 1) << "of another connection";
}

TEST_F(TransactionTest, IsRolledBackWhateverIsThrown) {
  EXPECT_THROW(transaction->run([&] {
    insert();
    insert();  // the same once more
  }),
               SqlError);
  EXPECT_EQ(rows(), 0);
  EXPECT_THROW(transaction->run([&] {
    insert();
    throw std::runtime_error("by the test");
  }),
               std::runtime_error);
  EXPECT_EQ(rows(), 0);
  EXPECT_THROW(transaction->run([&] {
    insert();
    throw std::bad_alloc();
  }),
               std::bad_alloc);
  EXPECT_EQ(rows(), 0);

  transaction->run([&] { insert(); });
  EXPECT_EQ(rows(), 1) << "the next is not part of it";
}

TEST_F(TransactionTest, ThatSqliteRolledBackItselfIsNotRolledBackAgain) {
  EXPECT_THROW(transaction->run([&] {
    insert();
    database->run("INSERT OR ROLLBACK INTO t VALUES (1)");
  }),
               SqlError);
  EXPECT_EQ(rows(), 0);
  transaction->run([&] { insert(); });
  EXPECT_EQ(rows(), 1);
}

}  // namespace
}  // namespace scalehook::journal
