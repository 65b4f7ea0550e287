// kill -9 loses nothing that was acknowledged.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <set>

#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

using Kill = Folder;

// In the child: appends for ever, and writes each id into the pipe once it is acknowledged.
[[noreturn]] void append_for_ever(const std::string& folder, int pipe) {
  auto journal = Journal::open(folder);
  if (!journal) _exit(1);
  for (std::int64_t number = 0;; ++number) {
    (*journal)->append({}, "body " + std::to_string(number), [pipe](const auto& id) {
      if (!id || write(pipe, &*id, sizeof *id) != sizeof *id) _exit(2);
    });
    if (number % 50 == 0) (*journal)->flush();
  }
}

TEST_F(Kill, LosesNothingThatWasAcknowledged) {
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 3; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) append_for_ever(folder(), ends[1]);
    close(ends[1]);
    std::int64_t id{};
    for (int count = 0; read(ends[0], &id, sizeof id) == sizeof id; ++count) {
      acknowledged.insert(id);
      if (count == 500) kill(child, SIGKILL);
    }
    close(ends[0]);
    int status{};
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
  }
  std::set<std::int64_t> kept;
  for (const Entry& entry : open()->unfinished()) kept.insert(entry.id);
  EXPECT_GE(acknowledged.size(), 1500U);
  EXPECT_TRUE(std::includes(kept.begin(), kept.end(), acknowledged.begin(), acknowledged.end()));
}

}  // namespace
}  // namespace scalehook::journal
