#include "core/upstream/request.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/upstream/served.hpp"

namespace scalehook::upstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Request get(std::string url) {
  Request request;
  request.url = std::move(url);
  return request;
}

http::Route echo(const char* method) {
  return {method, "/echo", [](const http::Request& request, const http::Reply& reply) {
            http::Response response;
            response.status = 202;
            response.body = request.method + " " + request.query + " [" + request.content_type +
                            "] " + request.body;
            reply(std::move(response));
          }};
}

TEST(Send, SendsWhatItIsGiven) {
  const Served served{{echo("GET"), echo("POST")}};
  const auto got = send(get(served.url() + "/echo?a=b"));
  ASSERT_TRUE(got) << got.error();
  EXPECT_EQ(got->status, 202);
  EXPECT_EQ(got->body, "GET a=b [] ");

  Request post = get(served.url() + "/echo");
  post.method = "POST";
  post.body = R"({"a": 1})";
  post.content_type = "application/json";
  const auto posted = send(post);
  ASSERT_TRUE(posted) << posted.error();
  EXPECT_EQ(posted->body, R"(POST  [application/json] {"a": 1})");

  post.body.clear();
  post.content_type.clear();
  const auto empty = send(post);
  ASSERT_TRUE(empty) << empty.error();
  EXPECT_EQ(empty->body, "POST  [] ");
}

TEST(Send, SaysWhereItFailedAndNeverTheUserinfo) {
  const Silent silent;
  std::string port = silent.url().substr(silent.url().rfind(':'));
  const struct {
    std::string url;
    const char* shown;
    const char* fact;
  } rows[] = {
      {"http://user:secret@127.0.0.1" + port + "/a", "http://127.0.0.1:", "no answer within 0.5 s"},
      {"https://user:secret@127.0.0.1" + port, "https://127.0.0.1:", "no answer within 0.5 s"},
      {"http://user:secret@127.0.0.1:1/a", "http://127.0.0.1:1/a: ", "cannot be reached"},
      {"ftp://user:secret@127.0.0.1/a", "ftp://127.0.0.1/a: ", "not an http or https address"},
      {"http://user:secret@/a", "http:///a: ", "not an http or https address"},
      {"", ": ", "not an http or https address"},
  };
  for (const auto& row : rows) {
    Request request = get(row.url);
    request.limit = 500ms;
    const auto outcome = send(request);
    ASSERT_FALSE(outcome) << row.url;
    EXPECT_THAT(outcome.error(), StartsWith(row.shown));
    EXPECT_THAT(outcome.error(), HasSubstr(row.fact));
    EXPECT_THAT(outcome.error(), Not(HasSubstr("secret")));
  }
}

TEST(Sender, HasOneOutcomeForEachRequestInTheirOrder) {
  const Served served{{echo("GET")}};
  const Silent silent;
  std::vector<Request> requests{get(served.url() + "/echo?1"), get(silent.url()),
                                get(served.url() + "/none"), get(served.url() + "/echo?2")};
  requests[1].limit = 50ms;
  Sender sender;
  for (int round = 0; round < 2; ++round) {
    const auto outcomes = sender.send(requests);
    ASSERT_EQ(outcomes.size(), 4);
    EXPECT_EQ(outcomes[0]->body, "GET 1 [] ");
    EXPECT_THAT(outcomes[1].error(), HasSubstr("no answer"));
    EXPECT_EQ(outcomes[2]->status, 404);
    EXPECT_EQ(outcomes[3]->body, "GET 2 [] ");
  }
  EXPECT_TRUE(sender.send({}).empty());
}

TEST(Sender, StopsWhenToldTo) {
  const Silent silent;
  Request request = get(silent.url() + "/a");
  request.limit = 1h;
  std::stop_source stop;
  std::vector<Outcome> outcomes;
  std::thread sending{[&] { outcomes = Sender{}.send({request, request}, stop.get_token()); }};
  stop.request_stop();
  sending.join();
  ASSERT_EQ(outcomes.size(), 2);
  EXPECT_EQ(outcomes[0].error(), silent.url() + "/a: stopped");
  EXPECT_EQ(outcomes[1].error(), silent.url() + "/a: stopped");
}

TEST(Shown, LeavesTheUserinfoOut) {
  EXPECT_EQ(shown("http://u:p@host:1/a@b?c@d"), "http://host:1/a@b?c@d");
  EXPECT_EQ(shown("https://u:p@q@host"), "https://host");
  EXPECT_EQ(shown("u:p@host:1/a"), "host:1/a");
  EXPECT_EQ(shown("http://host/a@b"), "http://host/a@b");
  EXPECT_EQ(shown(""), "");
}

}  // namespace
}  // namespace scalehook::upstream
