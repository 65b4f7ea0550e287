#include "plugins/kubernetes/transport/exec_credential.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "tests/unit/kubernetes/pem_files.hpp"

namespace scalehook::kubernetes {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* v1 = "client.authentication.k8s.io/v1";

std::string answer(const std::string& status) {
  return std::string{R"({"apiVersion": ")"} + v1 + R"(", "kind": "ExecCredential", "status": )" +
         status + "}";
}

std::string fault(const std::string& output) {
  const auto parsed = parse_exec_credential(output, v1);
  if (parsed) return "no fault";
  EXPECT_EQ(parsed.error().status, status::denied);
  EXPECT_EQ(parsed.error().code, "exec-bad-answer");
  return parsed.error().explanation;
}

TEST(ExecInfo, SaysTheVersionAndThatNobodyIsThere) {
  Access access;
  access.exec = Exec{.command = "a", .api_version = v1};
  EXPECT_EQ(exec_info(access, "pem"),
            R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
            R"("spec":{"interactive":false}})");
}

TEST(ExecInfo, DescribesTheClusterIfAskedTo) {
  Access access;
  access.server = "https://h:1";
  access.exec = Exec{.command = "a", .api_version = v1, .provide_cluster_info = true};
  const auto cluster = [&](const std::string& authority) {
    return boost::json::serialize(
        boost::json::parse(exec_info(access, authority)).at_pointer("/spec/cluster"));
  };
  EXPECT_EQ(cluster(""), R"({"server":"https://h:1"})");
  access.tls_server_name = "name";
  access.proxy = "http://p";
  access.insecure_skip_tls_verify = true;
  access.exec->cluster_config = R"({"a":[1]})";
  EXPECT_EQ(
      cluster("pem!"),
      R"({"server":"https://h:1","tls-server-name":"name","insecure-skip-tls-verify":true,)"
      R"("certificate-authority-data":"cGVtIQ==","proxy-url":"http://p","config":{"a":[1]}})");
}

TEST(ExecAnswer, IsATokenACertificateOrBoth) {
  const auto token = parse_exec_credential(answer(R"({"token": "abc"})"), v1);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token, "abc");
  EXPECT_FALSE(token->expires);

  const PemPair pair = make_pem_pair();
  boost::json::object status{{"clientCertificateData", pair.certificate},
                             {"clientKeyData", pair.key},
                             {"expirationTimestamp", "2024-05-01T14:00:00+02:00"}};
  const auto certificate = parse_exec_credential(answer(boost::json::serialize(status)), v1);
  ASSERT_TRUE(certificate) << certificate.error().explanation;
  EXPECT_EQ(certificate->key, pair.key);
  EXPECT_EQ(certificate->expires->time_since_epoch().count(), 1714564800);
  status["clientKeyData"] = make_pem_pair().key;
  EXPECT_THAT(fault(answer(boost::json::serialize(status))), HasSubstr("does not belong"));
}

TEST(ExecAnswer, SaysWhatIsWrongAndQuotesNoSecret) {
  EXPECT_THAT(fault("secret"), AllOf(HasSubstr("no JSON object"), Not(HasSubstr("secret"))));
  EXPECT_THAT(fault("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(fault(R"({"kind": "Pod"})"), HasSubstr("answered with a Pod"));
  EXPECT_THAT(fault(R"({"kind": "ExecCredential", "status": {"token": "secret"}})"),
              AllOf(HasSubstr("the apiVersion \"\""), HasSubstr(v1)));
  EXPECT_THAT(fault(R"({"apiVersion": "client.authentication.k8s.io/v1beta1"})"),
              HasSubstr("write there what it answers with"));
  EXPECT_THAT(fault(answer("null")), HasSubstr("no status"));
  EXPECT_THAT(fault(answer("{}")), HasSubstr("neither token nor"));
  EXPECT_THAT(fault(answer(R"({"token": 7})")), HasSubstr("neither token nor"));
  EXPECT_THAT(fault(answer(R"({"token": "a\r\nX-Secret: b"})")),
              AllOf(HasSubstr("characters no token has"), Not(HasSubstr("Secret"))));
  EXPECT_THAT(fault(answer(R"({"token": "a", "clientKeyData": "b"})")), HasSubstr("only one of"));
  EXPECT_THAT(fault(answer(R"({"clientCertificateData": "a", "clientKeyData": "b"})")),
              HasSubstr("there is no certificate"));
  for (const char* const time : {R"("soon")", "7", R"("")"}) {
    EXPECT_THAT(
        fault(answer(std::string{R"({"token": "a", "expirationTimestamp": )"} + time + "}")),
        HasSubstr("no time of RFC 3339"));
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
