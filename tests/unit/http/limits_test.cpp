// Each limit in size, number and time, and what it answers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/http/server.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/running.hpp"

namespace scalehook::http::testing {
namespace {

using std::chrono::milliseconds;

// Gets the answer, and expects the connection to end after it.
Answer last_answer(Client& client) {
  auto answer = client.receive();
  if (!answer) {
    ADD_FAILURE() << "no answer";
    return {};
  }
  EXPECT_TRUE(answer->close());
  client.end_sending();
  EXPECT_TRUE(client.closed());
  return *answer;
}

std::string padded_get(std::size_t size) {
  const std::string start = "GET /page HTTP/1.1\r\nHost: h\r\nX-Padding: ";
  const std::string end = "\r\n\r\n";
  return start + std::string(size - start.size() - end.size(), 'x') + end;
}

std::string announce(std::string_view path, std::size_t length) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", path, length);
}

TEST(SizeLimits, HeadOfExactlyTheLimitIsServed) {
  RunningServer running({.header_bytes = 1000});
  Client client(running.port());
  EXPECT_EQ(client.ask(padded_get(1000))->status, 200);
  EXPECT_EQ(client.ask(padded_get(1001))->status, 431);
}

TEST(SizeLimits, LongHeadIs431) {
  RunningServer running;
  Client client(running.port());
  client.send(padded_get(16 * 1024 + 1));
  const Answer answer = last_answer(client);
  EXPECT_EQ(answer.status, 431);
  EXPECT_EQ(answer.body,
            "{\"error\":\"the request's head has more than 16384 bytes, the limit\"}\n");
}

TEST(SizeLimits, HeadOfManySmallFieldsIs431) {
  RunningServer running;
  Client client(running.port());
  client.send("GET /page HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 3000; ++i) client.send("A: b\r\n");
  EXPECT_EQ(last_answer(client).status, 431);
}

TEST(SizeLimits, EndlessRequestLineIs431) {
  RunningServer running;
  Client client(running.port());
  client.send("GET /" + std::string(20'000, 'a'));
  EXPECT_EQ(last_answer(client).status, 431);
}

TEST(SizeLimits, BodyOfExactlyTheLimitIsServed) {
  RunningServer running({.body_bytes = 100'000});
  Client client(running.port());
  EXPECT_EQ(client.ask(post("/echo", std::string(100'000, 'b')))->body, std::string(100'000, 'b'));
  client.send(post("/echo", std::string(100'001, 'b')));
  EXPECT_EQ(last_answer(client).status, 413);
}

TEST(SizeLimits, AnnouncedLongBodyIs413AtOnce) {
  RunningServer running;
  Client client(running.port());
  client.send(announce("/echo", 32 * 1024 * 1024 + 1));
  const Answer answer = last_answer(client);
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body,
            "{\"error\":\"POST /echo: the request's body has more than 33554432 bytes, the "
            "limit\"}\n");
  const auto observed = running.observed(1);
  EXPECT_EQ(observed.at(0).path, "/echo");
}

TEST(SizeLimits, LongBodyIs413AlsoForAClientThatSendsAllOfItFirst) {
  RunningServer running({.body_bytes = 1000, .linger_timeout = milliseconds(20'000)});
  Client client(running.port());
  EXPECT_TRUE(client.send(post("/echo", std::string(8 * 1024 * 1024, 'b'))));
  EXPECT_EQ(last_answer(client).status, 413);
}

TEST(SizeLimits, LongBodyIs413WithoutContinue) {
  RunningServer running({.body_bytes = 10});
  Client client(running.port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(last_answer(client).status, 413);
}

TEST(SizeLimits, LongChunkedBodyIs413) {
  RunningServer running({.body_bytes = 10});
  Client client(running.port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("6\r\nabcdef\r\n");
  client.send("6\r\nabcdef\r\n");
  EXPECT_EQ(last_answer(client).status, 413);
}

TEST(SizeLimits, ChunkHeadWithoutEndIs400) {
  RunningServer running;
  Client client(running.port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("6;extension=" + std::string(20'000, 'x'));
  EXPECT_EQ(last_answer(client).status, 400);
}

TEST(SizeLimits, BodiesInFlightAreLimitedTogether) {
  RunningServer running({.body_bytes_in_flight = 1000});
  Client first(running.port());
  first.send(post("/hold", std::string(800, 'a')));
  auto held = running.next_held();

  Client second(running.port());
  second.send(post("/echo", std::string(800, 'b')));
  const Answer refused = last_answer(second);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");

  held.reply({});
  EXPECT_EQ(first.receive()->status, 200);
  EXPECT_EQ(first.ask(post("/echo", std::string(800, 'c')))->status, 200);
}

TEST(SizeLimits, BodiesInFlightCountWhatCameNotWhatWasAnnounced) {
  RunningServer running({.body_bytes_in_flight = 1000});
  std::vector<std::unique_ptr<Client>> announcing;
  for (int i = 0; i < 10; ++i) {
    announcing.push_back(std::make_unique<Client>(running.port()));
    announcing.back()->send(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_EQ(announcing.back()->receive()->status, 100);
  }
  Client client(running.port());
  EXPECT_EQ(client.ask(post("/echo", std::string(900, 'b')))->status, 200);
}

TEST(SizeLimits, StalledBodiesMakeWayForThoseThatCome) {
  RunningServer running({.connections = 10, .body_bytes_in_flight = 1000});
  Client stalled(running.port());
  stalled.send(announce("/echo", 900) + std::string(800, 'a'));
  Client good(running.port());
  good.send(post("/hold", std::string(800, 'b')));
  EXPECT_EQ(running.next_held().request.body, std::string(800, 'b'));
  const Answer told = last_answer(stalled);
  EXPECT_EQ(told.status, 503);
  EXPECT_EQ(told.headers.at("retry-after"), "1");
}

TEST(SizeLimits, ManyStalledBodiesNeverKeepOutGoodOnes) {
  RunningServer running({.connections = 100, .body_bytes_in_flight = 10'000});
  std::vector<std::unique_ptr<Client>> stalled;
  Client good(running.port());
  for (int i = 0; i < 50; ++i) {
    stalled.push_back(std::make_unique<Client>(running.port()));
    stalled.back()->send(announce("/echo", 5000) + std::string(4000, 'a'));
    const auto answer = good.ask(post("/echo", std::string(4000, 'b')));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
  }
}

TEST(SizeLimits, BodiesWithinAnEqualShareNeedNotMakeWay) {
  RunningServer running({.connections = 4, .body_bytes_in_flight = 1000});
  Client modest(running.port());
  modest.send(announce("/echo", 200) + std::string(100, 'a'));
  Client first(running.port());
  first.send(post("/hold", std::string(790, 'b')));
  auto held = running.next_held();
  Client second(running.port());
  second.send(post("/echo", std::string(790, 'c')));
  EXPECT_EQ(last_answer(second).status, 503);
  modest.send(std::string(100, 'a'));
  EXPECT_EQ(modest.receive()->status, 200);
}

TEST(SizeLimits, BodyOfAClientThatLeavesIsGivenBack) {
  RunningServer running({.body_bytes_in_flight = 1000});
  for (int i = 0; i < 10; ++i) {
    Client client(running.port());
    client.send(announce("/echo", 900) + std::string(800, 'a'));
    client.end_sending();
    ASSERT_TRUE(client.closed());
  }
  Client client(running.port());
  EXPECT_EQ(client.ask(post("/echo", std::string(900, 'b')))->status, 200);
}

TEST(SizeLimits, LargeAnswersInFlightAreLimitedTogether) {
  RunningServer running({.answer_bytes_in_flight = 1'000'000});
  auto slow = std::make_unique<Client>(running.port());
  EXPECT_EQ(slow->ask(get("/page"))->status, 200);
  slow->send(get("/large"));  // and never reads it

  Client client(running.port());
  auto answer = client.ask(get("/large"));
  for (int i = 0; i < 100 && answer && answer->status == 200; ++i) {
    answer = client.ask(get("/large"));
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->headers.at("retry-after"), "1");
  EXPECT_EQ(client.ask(get("/page"))->status, 200);

  slow->reset();
  for (int i = 0; i < 1000 && answer && answer->status == 503; ++i) {
    answer = client.ask(get("/large"));
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
}

TEST(TimeLimits, SlowHeadIs408) {
  RunningServer running({.header_timeout = milliseconds(1000)});
  Client client(running.port());
  client.send("GET /page HT");
  const Answer answer = last_answer(client);
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.body, "{\"error\":\"the request's head took more than 1000 ms, the limit\"}\n");
}

TEST(TimeLimits, SlowHeadOfALaterRequestIs408) {
  RunningServer running({.header_timeout = milliseconds(1000)});
  Client client(running.port());
  client.send(get("/page") + "GET");
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(last_answer(client).status, 408);
}

TEST(TimeLimits, ConnectionThatNeverAsksIsClosed) {
  RunningServer running({.header_timeout = milliseconds(50)});
  Client client(running.port());
  EXPECT_TRUE(client.closed());
}

TEST(TimeLimits, IdleConnectionIsClosed) {
  RunningServer running({.idle_timeout = milliseconds(50)});
  Client client(running.port());
  EXPECT_EQ(client.ask(get("/page"))->status, 200);
  EXPECT_TRUE(client.closed());
}

TEST(TimeLimits, SlowBodyIs408) {
  RunningServer running({.body_timeout = milliseconds(50)});
  Client client(running.port());
  client.send(announce("/echo", 100) + "abc");
  const Answer answer = last_answer(client);
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.body,
            "{\"error\":\"POST /echo: the request's body took more than 50 ms, the limit\"}\n");
}

TEST(TimeLimits, HandlerThatDoesNotAnswerIs503AndTheConnectionGoesOn) {
  RunningServer running({.reply_timeout = milliseconds(50)});
  Client client(running.port());
  const auto answer = client.ask(post("/hold", ""));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->headers.at("retry-after"), "1");
  EXPECT_EQ(answer->body, "{\"error\":\"POST /hold: no answer within 50 ms, the limit\"}\n");
  running.next_held().reply({200, "text/plain", "too late", {}});
  EXPECT_EQ(client.ask(get("/page"))->body, "GET /page?");
}

TEST(TimeLimits, ClientThatDoesNotReadItsAnswerIsClosed) {
  RunningServer running({.write_timeout = milliseconds(50)});
  Client client(running.port());
  client.send(get("/large"));
  running.observed(1);  // it has given up
  EXPECT_FALSE(client.receive());
}

TEST(TimeLimits, ClientThatSendsOnAfterItsRefusalIsClosed) {
  RunningServer running({.body_bytes = 10, .linger_timeout = milliseconds(50)});
  Client client(running.port());
  client.send(announce("/echo", 1'000'000'000));
  EXPECT_EQ(client.receive()->status, 413);
  const std::string block(64 * 1024, 'x');
  while (client.send(block)) {
  }
}

TEST(ConnectionLimit, BeyondItIs503AndThereIsRoomAgainLater) {
  RunningServer running({.connections = 2});
  auto first = std::make_unique<Client>(running.port());
  Client second(running.port());
  EXPECT_EQ(first->ask(get("/page"))->status, 200);
  EXPECT_EQ(second.ask(get("/page"))->status, 200);
  EXPECT_EQ(running.server().connections(), 2U);

  Client third(running.port());
  third.send(get("/page"));
  const Answer refused = last_answer(third);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(refused.body, "{\"error\":\"too many connections, 2 are open; try again later\"}\n");
  EXPECT_EQ(second.ask(get("/page"))->status, 200);

  first.reset();
  int status = 0;
  while (status != 200) {
    Client next(running.port());
    const auto answer = next.ask(get("/page"));
    ASSERT_TRUE(answer);
    status = answer->status;
  }
}

TEST(ConnectionLimit, SilentConnectionBeyondItIsToldToo) {
  RunningServer running({.connections = 0, .linger_timeout = milliseconds(50)});
  Client client(running.port());
  EXPECT_EQ(last_answer(client).status, 503);
}

TEST(ConnectionLimit, ManyBeyondItCostTheOthersNothing) {
  RunningServer running({.connections = 1});
  Client served(running.port());
  EXPECT_EQ(served.ask(get("/page"))->status, 200);
  std::vector<std::unique_ptr<Client>> others;
  for (int i = 0; i < 600; ++i) others.push_back(std::make_unique<Client>(running.port()));
  int told = 0;
  for (const auto& other : others) {
    other->send(get("/page"));
    const auto answer = other->receive();  // none: closed without a word
    if (answer) {
      EXPECT_EQ(answer->status, 503);
      ++told;
    }
    EXPECT_EQ(served.ask(get("/page"))->status, 200);
  }
  EXPECT_GE(told, 256);
}

}  // namespace
}  // namespace scalehook::http::testing
