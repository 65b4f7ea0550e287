#include "plugins/kubernetes/transport/credentials.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/kubernetes/files.hpp"
#include "tests/unit/kubernetes/pem_files.hpp"

namespace scalehook::kubernetes {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;

class CredentialsTest : public testing::Test {
 protected:
  Credentials make(std::chrono::steady_clock::duration interval) {
    return {access_, [this](const std::string& text) { warnings_.push_back(text); }, interval};
  }
  std::string fault() {
    try {
      make(hours{1});
    } catch (const failure& fault) {
      EXPECT_EQ(fault.status, status::invalid);
      return fault.explanation;
    }
    return "no fault";
  }

  static Credentials::Set current(Credentials& credentials) {
    const auto set = credentials.current(patience());
    EXPECT_TRUE(set) << set.error().explanation;
    return set ? *set : std::make_shared<const Secrets>();
  }
  static Credentials::Set replacement(Credentials& credentials, const Credentials::Set& rejected) {
    const auto set = credentials.replacement(rejected, patience());
    EXPECT_TRUE(set) << set.error().explanation;
    return set ? *set : std::make_shared<const Secrets>();
  }
  static Patience patience() {
    return {std::chrono::steady_clock::now() + std::chrono::minutes{1}};
  }

  CredentialsTest() { access_.token = {{}, folder_.write("token", " first\n"), "the token"}; }

  const Folder folder_;
  const PemPair pair_ = make_pem_pair();
  Access access_;
  std::vector<std::string> warnings_;
};

TEST_F(CredentialsTest, AFileIsReadAgainAfterTheInterval) {
  auto credentials = make(hours{0});
  EXPECT_EQ(current(credentials)->token, "first");
  folder_.write("token", "second");
  EXPECT_EQ(current(credentials)->token, "second");
}

TEST_F(CredentialsTest, AFileIsNotReadAgainBeforeTheInterval) {
  auto credentials = make(hours{1});
  folder_.write("token", "second");
  EXPECT_EQ(current(credentials)->token, "first");
}

TEST_F(CredentialsTest, ARefusalReadsTheFilesAtOnce) {
  auto credentials = make(hours{1});
  const auto rejected = current(credentials);
  EXPECT_EQ(replacement(credentials, rejected), rejected);  // there is nothing newer
  folder_.write("token", "second");
  EXPECT_EQ(replacement(credentials, rejected)->token, "second");
  folder_.write("token", "third");
  EXPECT_EQ(replacement(credentials, rejected)->token, "second");  // renewed since: not again
}

TEST_F(CredentialsTest, WhatBreaksLaterLeavesTheLastGoodOnesInForce) {
  auto credentials = make(hours{0});
  std::filesystem::remove(folder_.path("token"));
  EXPECT_EQ(current(credentials)->token, "first");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], testing::AllOf(HasSubstr("the token"), HasSubstr("No such file"),
                                           HasSubstr("stay in use")));
}

TEST_F(CredentialsTest, WhatTheServerRefusedIsDroppedIfNothingNewerCanBeRead) {
  auto credentials = make(hours{1});
  const auto rejected = current(credentials);
  std::filesystem::remove(folder_.path("token"));
  EXPECT_EQ(replacement(credentials, rejected), rejected);
  for (int call = 0; call < 2; ++call) {
    const auto none = credentials.current(patience());
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().status, status::denied);
    EXPECT_EQ(none.error().code, "credentials-unreadable");
    EXPECT_THAT(none.error().explanation, HasSubstr("No such file"));
  }
  EXPECT_EQ(warnings_.size(), 1U);  // the calls tell of it by themselves
  folder_.write("token", "second");
  EXPECT_EQ(current(credentials)->token, "second");
}

TEST_F(CredentialsTest, ATokenBesideItsFileStandsInForIt) {
  access_.token.data = "fixed";
  auto credentials = make(hours{0});
  EXPECT_EQ(current(credentials)->token, "first");
  std::filesystem::remove(folder_.path("token"));
  EXPECT_EQ(current(credentials)->token, "fixed");
}

TEST_F(CredentialsTest, WhatExecGivesIsUsedWithTheAuthorityOfTheFiles) {
  access_.token = {};
  access_.authority = {{}, folder_.write("ca.crt", pair_.certificate), "the authority"};
  const auto program = folder_.program(
      "helper",
      "echo run >> runs\n"
      "printf '{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": '\n"
      "printf '{\"token\": \"token-%s\"}}' $(wc -l < runs)\n");
  access_.exec = Exec{.command = program, .api_version = "client.authentication.k8s.io/v1"};
  auto credentials = make(hours{1});
  EXPECT_FALSE(std::filesystem::exists(folder_.path("runs")));  // nothing runs at the start
  const auto first = current(credentials);
  EXPECT_EQ(first->token, "token-1");
  EXPECT_EQ(first->authority, pair_.certificate);
  EXPECT_EQ(current(credentials), first);
  // Once more after a refusal, but not within the second.
  while (replacement(credentials, first) == first) std::this_thread::yield();
  EXPECT_EQ(current(credentials)->token, "token-2");
  EXPECT_EQ(replacement(credentials, first)->token, "token-2");
}

TEST_F(CredentialsTest, TheAuthorityRotatesBesideWhatExecGave) {
  access_.token = {};
  access_.authority = {{}, folder_.write("ca.crt", pair_.certificate), "the authority"};
  const auto program = folder_.program(
      "helper",
      "printf '{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": '\n"
      "printf '{\"token\": \"a-token\"}}'\n");
  access_.exec = Exec{.command = program, .api_version = "client.authentication.k8s.io/v1"};
  auto credentials = make(hours{0});
  const auto first = current(credentials);
  const PemPair next = make_pem_pair();
  folder_.write("ca.crt", next.certificate);
  EXPECT_EQ(current(credentials)->authority, next.certificate);
  EXPECT_EQ(current(credentials)->token, "a-token");
  // What the server refuses is the program's, not the file's: that stays in use.
  std::filesystem::remove(folder_.path("ca.crt"));
  EXPECT_EQ(replacement(credentials, current(credentials))->authority, next.certificate);
  EXPECT_EQ(current(credentials)->token, "a-token");
}

TEST_F(CredentialsTest, ACertificateRotatesWithItsKey) {
  access_.certificate = {{}, folder_.write("client.crt", pair_.certificate), "the certificate"};
  access_.key = {{}, folder_.write("client.key", pair_.key), "the key"};
  auto credentials = make(hours{0});
  const PemPair next = make_pem_pair();
  folder_.write("client.crt", next.certificate);
  EXPECT_EQ(current(credentials)->certificate, pair_.certificate);  // the key is still the old one
  EXPECT_THAT(warnings_.at(0), HasSubstr("does not belong"));
  folder_.write("client.key", next.key);
  EXPECT_EQ(current(credentials)->certificate, next.certificate);
}

TEST_F(CredentialsTest, SaysWhichTextIsWrong) {
  access_.token.file = folder_.write("token", "\n");
  EXPECT_THAT(fault(), HasSubstr("token: the token is empty"));
  folder_.write("token", "a\nX-Injected: b");
  EXPECT_THAT(fault(), HasSubstr("characters no token has"));
  access_.token = {};

  access_.authority = {"no PEM", {}, "config:3:4"};
  EXPECT_THAT(fault(),
              testing::AllOf(testing::StartsWith("config:3:4: "), HasSubstr("expected PEM")));
  access_.authority = {pair_.certificate, {}, ""};
  EXPECT_EQ(fault(), "no fault");

  access_.authority = {pair_.certificate + make_pem_pair().certificate, {}, ""};
  EXPECT_EQ(fault(), "no fault");
  access_.authority = {pair_.certificate + pair_.certificate.substr(0, 200), {}, ""};
  EXPECT_THAT(fault(), HasSubstr("not all of the certificates in it can be read"));
  access_.authority = {};

  access_.certificate = {pair_.certificate, {}, ""};
  access_.key = {"no PEM", {}, ""};
  EXPECT_THAT(fault(), HasSubstr("no private key"));
  access_.key.data = make_pem_pair().key;
  EXPECT_THAT(fault(), HasSubstr("does not belong"));
  access_.key.data = pair_.key;
  EXPECT_EQ(fault(), "no fault");
}

}  // namespace
}  // namespace scalehook::kubernetes
