// What happens to whom when the server stops.
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "core/http/server.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/running.hpp"

namespace scalehook::http::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Stop, LetsRunningRequestsFinishAndClosesTheRest) {
  RunningServer running;
  Client working(running.port());
  working.send(post("/hold", ""));
  auto held = running.next_held();
  Client sending(running.port());
  sending.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_EQ(sending.receive()->status, 100);
  Client idle(running.port());
  ASSERT_EQ(idle.ask(get("/page"))->status, 200);

  std::jthread stopping([&] { running.server().stop(seconds(20)); });
  EXPECT_TRUE(idle.closed());
  EXPECT_THROW(Client late(running.port()), std::runtime_error);

  const auto sent = sending.ask("abc");
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->body, "abc");
  EXPECT_TRUE(sent->close());
  EXPECT_TRUE(sending.closed());

  held.reply({200, "text/plain", "done", {}});
  const auto answer = working.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "done");
  EXPECT_TRUE(answer->close());
  EXPECT_TRUE(working.closed());
  stopping.join();
  EXPECT_EQ(running.server().connections(), 0U);
}

TEST(Stop, EndsAtItsLimitWithWorkInFlight) {
  RunningServer running;
  Client client(running.port());
  client.send(post("/hold", ""));
  auto held = running.next_held();
  running.server().stop(milliseconds(20));
  EXPECT_FALSE(client.receive());
  held.reply({});  // too late, and harmless
}

TEST(Stop, EndsWithAClientThatDoesNotReadItsAnswer) {
  RunningServer running;
  Client client(running.port());
  client.send(get("/large") + post("/hold", ""));
  Client other(running.port());
  ASSERT_EQ(other.ask(get("/page"))->status, 200);
  running.server().stop(milliseconds(20));
  EXPECT_FALSE(client.receive());
}

TEST(Stop, EndsWithAClientThatIsBeingTurnedAway) {
  RunningServer running({.connections = 0});
  Client client(running.port());
  client.send("GET");
  ASSERT_EQ(client.receive()->status, 503);
  running.server().stop(milliseconds(20));
}

TEST(Stop, MayBeCalledTwiceAndWithoutListening) {
  Server server({}, {}, {});
  server.stop(seconds(20));
  server.stop(seconds(20));
  Server never_stopped({}, {}, {});
}

}  // namespace
}  // namespace scalehook::http::testing
