#include "core/api/reading.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

namespace scalehook::api {
namespace {

// Holds the thread until it is let go. What it waits for is its own, for it may outlive this.
struct Held {
  explicit Held(Reading& reading) {
    const auto began = std::make_shared<std::promise<void>>();
    EXPECT_TRUE(reading.post([began, let_go = go_on.get_future().share()] {
      began->set_value();
      let_go.wait();
    }));
    began->get_future().wait();
  }
  std::promise<void> go_on;
};

TEST(Reading, RunsOneAfterTheOtherOnItsOwnThread) {
  std::vector<int> done;
  std::promise<std::thread::id> last;
  Reading reading;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(reading.post([&done, i] { done.push_back(i); }));
  EXPECT_TRUE(reading.post([&] { last.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(last.get_future().get(), std::this_thread::get_id());
  EXPECT_EQ(done, (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Reading, RefusesWhatWouldWaitTooLong) {
  Reading reading;
  Held held(reading);
  for (std::size_t i = 0; i < Reading::most_waiting; ++i) EXPECT_TRUE(reading.post([] {}));
  EXPECT_FALSE(reading.post([] {}));
  held.go_on.set_value();
}

TEST(Reading, LeavesNothingOfWhatWaitsAtItsEnd) {
  auto reading = std::make_unique<Reading>();
  Held held(*reading);
  const auto held_by_it = std::make_shared<bool>();
  EXPECT_TRUE(reading->post([held_by_it] { *held_by_it = true; }));
  std::thread ending([&] { reading.reset(); });
  held.go_on.set_value();
  ending.join();
  EXPECT_EQ(held_by_it.use_count(), 1);
}

}  // namespace
}  // namespace scalehook::api
