#include "plugins/kubernetes/answer.hpp"

#include <gmock/gmock.h>

#include "plugins/kubernetes/transport/transfer.hpp"

namespace scalehook::kubernetes {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

failure refusal(int code, const std::string& body = "",
                std::optional<std::chrono::milliseconds> after = {},
                const std::string& method = "GET") {
  Access access;
  access.server = "https://h";
  access.origin = "context \"c\" of /config";
  return to_failure({code, body, after}, {method, "/apis/x?dryRun=All", {}, {}}, access);
}

TEST(Answer, EveryStatusHasItsMeaning) {
  const std::pair<int, status> meanings[] = {
      {301, status::failed},  {400, status::failed},    {401, status::denied},
      {403, status::denied},  {404, status::not_found}, {405, status::failed},
      {408, status::retry},   {409, status::conflict},  {415, status::failed},
      {422, status::invalid}, {429, status::retry},     {500, status::retry},
      {501, status::failed},  {502, status::retry},     {503, status::retry},
      {504, status::retry},
  };
  for (const auto& [code, meaning] : meanings) {
    const failure fault = refusal(code);
    EXPECT_EQ(fault.status, meaning) << code;
    EXPECT_EQ(fault.code, "http-" + std::to_string(code));
    EXPECT_FALSE(fault.retry_after);
  }
}

TEST(Answer, TheExplanationQuotesTheServer) {
  EXPECT_EQ(
      refusal(404, R"({"kind":"Status","message":"deployments.apps \"a\" not found"})").explanation,
      "the API server answered 404 to GET /apis/x: deployments.apps \"a\" not found");
  EXPECT_THAT(refusal(404, "<html>\nnginx").explanation,
              AllOf(HasSubstr("<html> nginx"), HasSubstr("is https://h the address")));
  EXPECT_THAT(refusal(403).explanation, HasSubstr("as rbac.yml does"));
  EXPECT_THAT(refusal(401).explanation, HasSubstr("check the token"));
  EXPECT_LT(refusal(500, std::string(5000, 'x')).explanation.size(), 400U);
}

TEST(Answer, WhatAPolicyRefusesIsNoMissingRight) {
  // As kube-apiserver and the authorizers and webhooks of others write them.
  const auto status_of = [](const std::string& message) {
    return R"({"kind":"Status","message":")" + message + R"("})";
  };
  const std::string a_right =
      R"(deployments.apps \"web\" is forbidden: User \"u\" cannot patch resource \"deployments/scale\")";
  const std::string a_path =
      R"(forbidden: User \"system:anonymous\" cannot get path \"/apis/apps/v1\")";
  const std::string a_webhook =
      R"(admission webhook \"v.example.org\" denied the request: [replicas] too many)";
  const std::string a_quota = R"(events \"web.1\" is forbidden: exceeded quota: few, requested: 1)";
  const std::string no_dry_run = R"(admission webhook \"v.example.org\" does not support dry run)";
  struct Row {
    int code;
    std::string message;
    status means;
    const char* called;
  };
  for (const Row& row : {
           Row{403, a_right, status::denied, "http-403"},
           Row{403, a_path, status::denied, "http-403"},
           Row{403, std::string(250, 'x') + a_right, status::denied, "http-403"},
           Row{403, "", status::denied, "http-403"},
           Row{403, a_webhook, status::refused, "not-admitted"},
           Row{403, a_quota, status::refused, "not-admitted"},
           Row{400, a_webhook, status::refused, "not-admitted"},
           Row{400, no_dry_run, status::failed, "http-400"},
           Row{400, "the body is no JSON", status::failed, "http-400"},
           Row{422, a_webhook, status::invalid, "http-422"},
           Row{500, a_webhook, status::retry, "http-500"},
       }) {
    const failure fault = refusal(row.code, status_of(row.message), {}, "PATCH");
    EXPECT_EQ(fault.status, row.means) << row.code << row.message;
    EXPECT_EQ(fault.code, row.called) << row.code << row.message;
    const bool advises_a_right = fault.explanation.find("rbac.yml") != std::string::npos;
    EXPECT_EQ(advises_a_right, fault.code == "http-403") << fault.explanation;
  }
  EXPECT_EQ(refusal(403, status_of("access denied")).code, "http-403") << "of a read none is asked";
  EXPECT_EQ(refusal(403, "<html>Forbidden", {}, "PATCH").code, "http-403") << "no API server's";
  EXPECT_THAT(refusal(403, status_of(a_webhook), {}, "PATCH").explanation,
              AllOf(HasSubstr("denied the request: [replicas] too many"), HasSubstr("a policy")));
}

TEST(Answer, WaitsForAsLongAsHeaderOrBodySay) {
  const std::string body = R"({"kind":"Status","details":{"retryAfterSeconds":7}})";
  EXPECT_EQ(refusal(429, body).retry_after, seconds{7});
  EXPECT_EQ(refusal(429, body, seconds{3}).retry_after, seconds{3});
  EXPECT_EQ(refusal(503, "", seconds{2}).retry_after, seconds{2});
  EXPECT_EQ(refusal(409, "", seconds{2}).retry_after, std::nullopt);
  EXPECT_EQ(refusal(429, R"({"kind":"Status","details":{"retryAfterSeconds":"7"}})").retry_after,
            std::nullopt);
}

TEST(Answer, A404IsAboutTheObjectOrNot) {
  // As kube-apiserver 1.20 writes them: of a missing object, of an unknown resource of its own, and
  // of whatever else.
  EXPECT_TRUE(is_about_object({404,
                               R"({"kind":"Status","reason":"NotFound","details":{
      "name":"web","group":"example.org","kind":"rollouts"},"code":404})",
                               {}}));
  EXPECT_FALSE(is_about_object({404,
                                R"({"kind":"Status","reason":"NotFound","message":
      "the server could not find the requested resource","details":{},"code":404})",
                                {}}));
  for (const char* body : {"404 page not found\n", "", "{}", "[]", R"({"details":{"name":1}})"}) {
    EXPECT_FALSE(is_about_object({404, body, {}})) << body;
  }
}

TEST(RetryAfter, IsSecondsOrADate) {
  const auto now =
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{12};
  EXPECT_EQ(parse_retry_after("0", now), seconds{0});
  EXPECT_EQ(parse_retry_after("120", now), seconds{120});
  EXPECT_EQ(parse_retry_after("Mon, 23 Nov 2026 12:00:30 GMT", now), seconds{30});
  EXPECT_EQ(parse_retry_after("Monday, 23-Nov-26 12:00:30 GMT", now), seconds{30});
  EXPECT_EQ(parse_retry_after("Mon Nov 23 12:00:30 2026", now), seconds{30});
  EXPECT_EQ(parse_retry_after("Mon, 23 Nov 2026 11:00:00 GMT", now), seconds{0});  // past
  for (const char* text :
       {"99999999", "99999999999999999999999", "Mon, 23 Nov 2037 12:00:30 GMT"}) {
    EXPECT_EQ(parse_retry_after(text, now), seconds{24 * 60 * 60}) << text;
  }
  for (const char* text : {"", "soon", "-1", "1.5"}) {
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
