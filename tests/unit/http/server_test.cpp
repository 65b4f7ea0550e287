// What a well-behaved client meets.
#include "core/http/server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/http/client.hpp"
#include "tests/unit/http/running.hpp"

namespace scalehook::http::testing {
namespace {

TEST(Server, AnswersAndKeepsTheConnection) {
  RunningServer running;
  Client client(running.port());
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(get("/page?a=1&b=%20"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "GET /page?a=1&b=%20");
    EXPECT_EQ(answer->headers.at("content-type"), "text/plain");
    EXPECT_EQ(answer->headers.count("date"), 1U);
    EXPECT_FALSE(answer->close());
  }
}

TEST(Server, HandsOverBodyContentTypeAndRemote) {
  RunningServer running;
  Client client(running.port());
  const auto answer = client.ask(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json; charset=utf-8\r\n"
      "Content-Length: 4\r\n\r\n{\"\"}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "{\"\"}");
  EXPECT_EQ(answer->headers.at("x-content-type"), "application/json; charset=utf-8");
  EXPECT_EQ(client.ask(get("/remote"))->body, client.local());
}

TEST(Server, DecodesThePathAndAcceptsAbsoluteForm) {
  RunningServer running;
  Client client(running.port());
  EXPECT_EQ(client.ask(get("/p%61ge"))->body, "GET /page?");
  EXPECT_EQ(client.ask(get("http://elsewhere:80/page?x"))->body, "GET /page?x");
}

TEST(Server, AnswersHeadWithTheHeadOfGet) {
  RunningServer running;
  Client client(running.port());
  client.send("HEAD /page HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.receive(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers.at("content-length"), "11");
  EXPECT_EQ(client.ask(get("/page"))->body, "GET /page?");  // no stray byte before it
}

TEST(Server, SaysWhatIsNotThere) {
  RunningServer running;
  Client client(running.port());
  const auto missing = client.ask(post("/hpx", "body"));
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->headers.at("content-type"), "application/json");
  EXPECT_EQ(missing->body, "{\"error\":\"/hpx: there is nothing at this path\"}\n");

  const auto wrong = client.ask(get("/echo"));
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->headers.at("allow"), "POST");
  EXPECT_EQ(wrong->body, "{\"error\":\"/echo: GET is not allowed here, only POST\"}\n");
  EXPECT_EQ(client.ask(post("/page", ""))->headers.at("allow"), "GET, HEAD");
}

TEST(Server, QuotesWhatAClientSentAsPrintableAscii) {
  RunningServer running;
  Client client(running.port());
  EXPECT_EQ(client.ask(get("/%ff%22\xff"))->status, 400);
  Client other(running.port());
  EXPECT_EQ(other.ask(get("/%ff%22%0a"))->body,
            "{\"error\":\"/%FF\\\"%0A: there is nothing at this path\"}\n");
}

TEST(Server, ObservesRoutesNotWhatClientsMakeUp) {
  RunningServer running;
  Client client(running.port());
  client.ask(get("/page?x"));
  client.ask("FROBNICATE /made/up HTTP/1.1\r\nHost: h\r\n\r\n");
  client.ask("nonsense\r\n\r\n");
  const auto observed = running.observed(3);
  ASSERT_EQ(observed.size(), 3U);
  EXPECT_EQ(observed[0].path + observed[0].method, "/pageGET");
  EXPECT_EQ(observed[0].status, 200U);
  EXPECT_EQ(observed[1].path + observed[1].method, "otherother");
  EXPECT_EQ(observed[1].status, 404U);
  EXPECT_EQ(observed[2].status, 400U);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  RunningServer running;
  Client client(running.port());
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += post("/echo", std::to_string(i));
    all += get("/slowly");
  }
  client.send(all);
  for (int i = 0; i < 100; ++i) {
    const auto echo = client.receive();
    ASSERT_TRUE(echo);
    ASSERT_EQ(echo->body, std::to_string(i));
    const auto slowly = client.receive();
    ASSERT_TRUE(slowly);
    ASSERT_EQ(slowly->body, "from another thread");
  }
}

TEST(Server, TakesTheReplyOfAnyThread) {
  RunningServer running;
  Client client(running.port());
  client.send(post("/hold", "wait"));
  auto held = running.next_held();
  EXPECT_EQ(held.request.body, "wait");
  std::jthread other([&] {
    held.reply({202, "text/plain", "later", {{"X-Extra", "yes"}}});
    held.reply({500, "text/plain", "only the first counts", {}});
  });
  const auto answer = client.receive();
  other.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->body, "later");
  EXPECT_EQ(answer->headers.at("x-extra"), "yes");
  EXPECT_EQ(client.ask(get("/page"))->status, 200);
}

TEST(Server, ServesManyClientsAtOnce) {
  RunningServer running;
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Client client(running.port());
      for (int i = 0; i < 200; ++i) {
        const std::string body = std::to_string(t) + "/" + std::to_string(i);
        const auto answer = client.ask(i % 3 == 0 ? get("/slowly") : post("/echo", body));
        if (answer && answer->body == (i % 3 == 0 ? "from another thread" : body)) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8 * 200);
}

TEST(Server, AnswersFiveHundredForAHandlerThatThrowsOrDrops) {
  RunningServer running;
  Client client(running.port());
  const auto thrown = client.ask(post("/throw", ""));
  ASSERT_TRUE(thrown);
  EXPECT_EQ(thrown->status, 500);
  EXPECT_EQ(thrown->body, "{\"error\":\"POST /throw: the disk is on fire\"}\n");
  const auto dropped = client.ask(post("/drop", ""));
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->status, 500);
  EXPECT_EQ(dropped->body, "{\"error\":\"POST /drop: the request was dropped unanswered\"}\n");

  client.send(post("/hold", ""));
  running.next_held();  // and destroyed, on this thread
  EXPECT_EQ(client.receive()->status, 500);
}

TEST(Server, DropsTheReplyToAClientThatHasGone) {
  RunningServer running;
  auto client = std::make_unique<Client>(running.port());
  client->send(post("/hold", ""));
  auto held = running.next_held();
  client->reset();
  held.reply({200, "text/plain", "too late", {}});
  Client other(running.port());
  EXPECT_EQ(other.ask(get("/page"))->status, 200);
}

TEST(Server, DropsTheReplyThatOutlivesTheServer) {
  RunningServer::Held held;
  {
    RunningServer running;
    Client client(running.port());
    client.send(post("/hold", ""));
    held = running.next_held();
  }
  held.reply({200, "text/plain", "much too late", {}});
}

}  // namespace
}  // namespace scalehook::http::testing
