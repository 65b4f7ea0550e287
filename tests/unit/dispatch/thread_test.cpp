#include "core/dispatch/thread.hpp"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;

TEST(EngineThread, RunsWorkInOrderAndAllOfItBeforeItEnds) {
  std::vector<int> order;
  {
    EngineThread thread;
    for (int number = 0; number < 100; ++number) {
      thread.post([&order, number] { order.push_back(number); });
    }
  }
  ASSERT_EQ(order.size(), 100u);
  for (int number = 0; number < 100; ++number)
    EXPECT_EQ(order[static_cast<std::size_t>(number)], number);
}

TEST(EngineThread, RunsTimersWhenTheyAreDueAndSoonerOnesFirst) {
  EngineThread thread;
  std::promise<std::vector<int>> done;
  std::vector<int> order;
  thread.after(500ms, [&] {
    order.push_back(2);
    done.set_value(order);
  });
  thread.after(1ms, [&] { order.push_back(1); });
  EXPECT_EQ(done.get_future().get(), (std::vector{1, 2}));
}

TEST(EngineThread, DropsWhatIsNotDueWhenItEnds) {
  bool ran = false;
  {
    EngineThread thread;
    thread.after(1h, [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace scalehook::dispatch
