#include "plugins/kubernetes/credentials.hpp"

#include <gmock/gmock.h>

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

  CredentialsTest() { access_.token = {{}, folder_.write("token", " first\n"), "the token"}; }

  const Folder folder_;
  const PemPair pair_ = make_pem_pair();
  Access access_;
  std::vector<std::string> warnings_;
};

TEST_F(CredentialsTest, AFileIsReadAgainAfterTheInterval) {
  auto credentials = make(hours{0});
  EXPECT_EQ(credentials.current()->token, "first");
  folder_.write("token", "second");
  EXPECT_EQ(credentials.current()->token, "second");
}

TEST_F(CredentialsTest, AFileIsNotReadAgainBeforeTheInterval) {
  auto credentials = make(hours{1});
  folder_.write("token", "second");
  EXPECT_EQ(credentials.current()->token, "first");
}

TEST_F(CredentialsTest, ARefusalReadsTheFilesAtOnce) {
  auto credentials = make(hours{1});
  const auto rejected = credentials.current();
  EXPECT_EQ(credentials.replacement(rejected), rejected);  // there is nothing newer
  folder_.write("token", "second");
  EXPECT_EQ(credentials.replacement(rejected)->token, "second");
  folder_.write("token", "third");
  EXPECT_EQ(credentials.replacement(rejected)->token, "second");  // renewed since: not again
}

TEST_F(CredentialsTest, WhatBreaksLaterLeavesTheLastGoodOnesInForce) {
  auto credentials = make(hours{0});
  std::filesystem::remove(folder_.path("token"));
  EXPECT_EQ(credentials.current()->token, "first");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], testing::AllOf(HasSubstr("the token"), HasSubstr("No such file"),
                                           HasSubstr("stay in use")));
}

TEST_F(CredentialsTest, ACertificateRotatesWithItsKey) {
  access_.certificate = {{}, folder_.write("client.crt", pair_.certificate), "the certificate"};
  access_.key = {{}, folder_.write("client.key", pair_.key), "the key"};
  auto credentials = make(hours{0});
  const PemPair next = make_pem_pair();
  folder_.write("client.crt", next.certificate);
  EXPECT_EQ(credentials.current()->certificate, pair_.certificate);  // the key is still the old one
  EXPECT_THAT(warnings_.at(0), HasSubstr("does not belong"));
  folder_.write("client.key", next.key);
  EXPECT_EQ(credentials.current()->certificate, next.certificate);
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
