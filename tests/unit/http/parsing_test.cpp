// Requests in all shapes, well and badly formed, in all pieces.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/http/server.hpp"
#include "tests/unit/http/client.hpp"
#include "tests/unit/http/running.hpp"

namespace scalehook::http::testing {
namespace {

constexpr std::string_view kChunked =
    "POST /echo?x=1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
    "6;name=value\r\n{\"a\": \r\n3\r\n1}\n\r\n0\r\nX-Trailer: yes\r\n\r\n";
constexpr std::string_view kLength =
    "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    "Content-Length: 9\r\n\r\n{\"a\": 1}\n";

class Pieces : public ::testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(Bodies, Pieces, ::testing::Values(kChunked, kLength));

TEST_P(Pieces, RequestSplitAnywhereIsTheSame) {
  RunningServer running;
  Client client(running.port());
  const std::string_view request = GetParam();
  for (std::size_t at = 1; at < request.size(); ++at) {
    client.send(request.substr(0, at));
    client.send(request.substr(at));
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << "split at " << at;
    ASSERT_EQ(answer->status, 200) << "split at " << at << ": " << answer->body;
    ASSERT_EQ(answer->body, "{\"a\": 1}\n");
    ASSERT_EQ(answer->headers.at("x-content-type"), "application/json");
  }
}

TEST_P(Pieces, RequestSentByteByByteIsTheSame) {
  RunningServer running;
  Client client(running.port());
  for (int round = 0; round < 2; ++round) {
    for (const char byte : GetParam()) client.send(std::string_view(&byte, 1));
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "{\"a\": 1}\n");
  }
}

TEST_P(Pieces, RequestsOverlapInThePieces) {
  RunningServer running;
  Client client(running.port());
  std::string all;
  for (int i = 0; i < 50; ++i) all += GetParam();
  for (std::size_t at = 0; at < all.size(); at += 61) client.send(all.substr(at, 61));
  for (int i = 0; i < 50; ++i) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->body, "{\"a\": 1}\n");
  }
}

TEST_P(Pieces, RequestCutShortIsClosedWithoutAWord) {
  RunningServer running;
  const std::string_view request = GetParam();
  for (std::size_t at = 0; at < request.size(); ++at) {
    Client client(running.port());
    client.send(request.substr(0, at));
    client.end_sending();
    ASSERT_TRUE(client.closed()) << "cut at " << at;
  }
}

struct Bad {
  std::string_view name;
  std::string_view request;
  int status;
  std::string_view error;  // part of the text
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

const std::vector<Bad> kBad = {
    {"NotHttp", "hello\r\n\r\n", 400, "malformed request head, in the line at byte 0"},
    {"TlsHello", std::string_view("\x16\x03\x01\x02\x00\x01\x00", 7), 400, "bad method"},
    {"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "bad version"},
    {"BareLineFeed", "GET /page HTTP/1.1\nHost: h\n\n", 400, "bad version"},
    {"SpaceInTarget", "GET /pa ge HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad version"},
    {"BadEscape", "GET /p%zzage HTTP/1.1\r\nHost: h\r\n\r\n", 400, "request target /p%zzage"},
    {"RelativeTarget", "GET page HTTP/1.1\r\nHost: h\r\n\r\n", 400, "request target page"},
    {"FieldWithoutColon", "GET /page HTTP/1.1\r\nHost: h\r\nNoColon\r\n\r\n", 400,
     "in the line at byte 29: bad field"},
    {"SpaceBeforeColon", "GET /page HTTP/1.1\r\nHost : h\r\n\r\n", 400, "bad field"},
    {"ControlInValue", "GET /page HTTP/1.1\r\nHost: h\x01\r\n\r\n", 400, "bad value"},
    {"NoHost", "GET /page HTTP/1.1\r\n\r\n", 400, "GET /page: the request must have exactly one"},
    {"TwoHosts", "GET /page HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "exactly one Host"},
    {"NegativeLength", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400,
     "bad Content-Length"},
    {"TwoLengths",
     "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400,
     "Content-Length"},
    {"LengthAndChunked",
     "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\n",
     400, "bad Transfer-Encoding"},
    {"ChunkedAndLength",
     "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
     "0\r\n\r\n",
     400, "bad Content-Length"},
    {"BadChunk", "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
     400, "POST /echo: malformed chunked body: bad chunk"},
    {"UnknownCoding", "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501,
     "the only Transfer-Encoding understood is chunked"},
    {"CodingBeforeChunked",
     "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501,
     "the only Transfer-Encoding"},
    {"ContentEncoding",
     "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415,
     "no Content-Encoding is understood"},
    {"OtherExpectation", "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: a-miracle\r\n\r\n", 417,
     "100-continue"},
};

class Malformed : public ::testing::TestWithParam<Bad> {};
INSTANTIATE_TEST_SUITE_P(Requests, Malformed, ::testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Malformed, IsAnsweredAndClosed) {
  RunningServer running;
  Client client(running.port());
  const auto answer = client.ask(GetParam().request);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, GetParam().status);
  EXPECT_EQ(answer->headers.at("content-type"), "application/json");
  EXPECT_NE(answer->body.find(GetParam().error), std::string::npos) << answer->body;
  EXPECT_EQ(answer->body.rfind("{\"error\":\"", 0), 0U) << answer->body;
  EXPECT_TRUE(answer->close());
  client.end_sending();
  EXPECT_TRUE(client.closed());
}

TEST(Parsing, ContinueIsSaidBeforeTheBody) {
  RunningServer running;
  Client client(running.port());
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  client.send(head);
  EXPECT_EQ(client.receive()->status, 100);
  EXPECT_EQ(client.ask("abc")->body, "abc");
  // A client that did not wait is not kept waiting either.
  EXPECT_EQ(client.ask(head + "def")->body, "def");
}

TEST(Parsing, ContinueIsNotSaidWhereNothingIs) {
  RunningServer running;
  Client client(running.port());
  client.send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_TRUE(answer->close());
}

TEST(Parsing, Http10IsServedAndClosedUnlessAskedToKeep) {
  RunningServer running;
  Client client(running.port());
  const auto kept = client.ask("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->headers.at("connection"), "keep-alive");
  const auto last = client.ask("GET /page HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(last);
  EXPECT_EQ(last->body, "GET /page?");
  EXPECT_TRUE(last->close());
  EXPECT_TRUE(client.closed());
}

TEST(Parsing, ConnectionCloseIsHonoured) {
  RunningServer running;
  Client client(running.port());
  const auto answer = client.ask("GET /page HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->close());
  EXPECT_TRUE(client.closed());
}

TEST(Parsing, EmptyLinesBeforeARequestAreIgnored) {
  RunningServer running;
  Client client(running.port());
  EXPECT_EQ(client.ask("\r\n\r\n" + get("/page") + "\r\n")->status, 200);
  EXPECT_EQ(client.ask(get("/page"))->status, 200);
}

TEST(Parsing, BodyOfEveryByteComesThrough) {
  RunningServer running;
  Client client(running.port());
  std::string body;
  for (int i = 0; i < 1'000'000; ++i) body += static_cast<char>(i % 251);
  EXPECT_EQ(client.ask(post("/echo", body))->body, body);
}

}  // namespace
}  // namespace scalehook::http::testing
