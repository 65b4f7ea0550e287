#include "core/upstream/client.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include "tests/unit/upstream/payload.hpp"
#include "tests/unit/upstream/served.hpp"

namespace scalehook::upstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

AlertsAnswer alerts(Client& client) {
  std::promise<AlertsAnswer> answer;
  client.ask_alerts([&](AlertsAnswer given) { answer.set_value(std::move(given)); });
  return answer.get_future().get();
}

QueryAnswer query(Client& client, const std::string& expression) {
  std::promise<QueryAnswer> answer;
  client.ask_query(expression, [&](QueryAnswer given) { answer.set_value(std::move(given)); });
  return answer.get_future().get();
}

http::Route route(const char* method, const char* path, std::string body, unsigned status = 200) {
  return {method, path, [=](const http::Request&, const http::Reply& reply) {
            http::Response response;
            response.status = status;
            response.body = body;
            reply(std::move(response));
          }};
}

TEST(Client, AnswersForEachAlertmanager) {
  const Served good{{route("GET", "/am/api/v2/alerts", payload("alertmanager-alerts.json")),
                     route("GET", "/am/api/v2/status", payload("alertmanager-status.json"))}};
  const Served stranger{
      {route("GET", "/api/v2/alerts", "<html>"), route("GET", "/api/v2/status", "<html>")}};
  const Silent silent;
  Client client{
      {"http://u:secret@" + good.address() + "/am/", stranger.url(), good.url(), silent.url()},
      "",
      3s};
  const AlertsAnswer answer = alerts(client);
  ASSERT_EQ(answer.size(), 4);

  EXPECT_EQ(answer[0].url, good.url() + "/am/");
  EXPECT_TRUE(answer[0].reachable) << answer[0].fault;
  EXPECT_EQ(answer[0].alerts.size(), 4);
  EXPECT_NE(answer[0].up_since, alert::Time{});

  const char* const faults[] = {"not an answer of Alertmanager's", "answered 404", "no answer"};
  for (std::size_t i = 1; i < answer.size(); ++i) {
    EXPECT_FALSE(answer[i].reachable);
    EXPECT_THAT(answer[i].fault, StartsWith(answer[i].url));
    EXPECT_THAT(answer[i].fault, HasSubstr(faults[i - 1]));
    EXPECT_THAT(answer[i].alerts, IsEmpty());
  }
}

TEST(Client, AnswersAQuery) {
  const Served served{{route("POST", "/api/v1/query", payload("prometheus-vector.json"))}};
  Client client{{}, served.url()};
  const auto samples = query(client, "app_active_task_count");
  ASSERT_TRUE(samples) << samples.error();
  EXPECT_EQ(samples->size(), 2);
}

TEST(Client, AnswersWhenNobodyIsConfigured) {
  Client client{{}, ""};
  EXPECT_THAT(alerts(client), IsEmpty());
  EXPECT_THAT(query(client, "up").error(), HasSubstr("no Prometheus"));
}

TEST(Client, AnswersEveryQuestionAboutTheLimitAfterItWasAsked) {
  const Silent silent;
  Client client{{}, silent.url(), 100ms};
  constexpr int count = 20;
  std::promise<void> all;
  std::atomic<int> given = 0;
  for (int i = 0; i < count; ++i) {
    client.ask_query("up", [&](const QueryAnswer& answer) {
      EXPECT_FALSE(answer);
      EXPECT_THAT(answer.error(), StartsWith(silent.url() + "/api/v1/query: "));
      if (++given == count) all.set_value();
    });
  }
  all.get_future().wait();
}

// Holds what is asked until it is let go.
class Gate {
 public:
  http::Route route(const char* path) {
    return {"GET", path, [this](const http::Request&, const http::Reply& reply) {
              const std::lock_guard lock{mutex_};
              held_.push_back(reply);
              came_.notify_all();
            }};
  }

  // Waits until that many requests are held, and answers them all.
  void let_go(std::size_t count) {
    std::unique_lock lock{mutex_};
    came_.wait(lock, [&] { return held_.size() >= count; });
    EXPECT_EQ(held_.size(), count);
    for (const auto& reply : held_) reply({.status = 500, .body = {}, .headers = {}});
    held_.clear();
  }

  void await(std::size_t count) {
    std::unique_lock lock{mutex_};
    came_.wait(lock, [&] { return held_.size() >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<http::Reply> held_;
};

TEST(Client, AsksOnceForAllWhoWaitForTheAlerts) {
  Gate gate;
  const Served served{{gate.route("/api/v2/alerts"), gate.route("/api/v2/status")}};
  Client client{{served.url()}, "", 60s};
  for (int round = 0; round < 2; ++round) {
    std::vector<std::promise<AlertsAnswer>> answers(3);
    const auto ask = [&](auto& answer) {
      client.ask_alerts([&](AlertsAnswer given) { answer.set_value(std::move(given)); });
    };
    ask(answers[0]);
    gate.await(2);  // now it is under way
    ask(answers[1]);
    ask(answers[2]);
    gate.let_go(2);
    for (auto& answer : answers) {
      const AlertsAnswer given = answer.get_future().get();
      ASSERT_EQ(given.size(), 1);
      EXPECT_THAT(given[0].fault, HasSubstr("answered 500"));
    }
  }
}

TEST(Client, EndsAtOnceAndAnswersNothingAfterwards) {
  Gate gate;
  const Served served{{gate.route("/api/v2/alerts"), gate.route("/api/v2/status")}};
  const Silent silent;
  std::atomic<int> given = 0;
  {
    Client client{{served.url()}, silent.url(), 1h};
    client.ask_alerts([&](const AlertsAnswer&) { ++given; });
    for (int i = 0; i < 10; ++i) client.ask_query("up", [&](const QueryAnswer&) { ++given; });
    gate.await(2);
  }
  EXPECT_EQ(given, 0);
  gate.let_go(2);
}

}  // namespace
}  // namespace scalehook::upstream
