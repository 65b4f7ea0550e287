#include "plugins/kubernetes/kubeconfig.hpp"

#include <gmock/gmock.h>

#include "tests/unit/kubernetes/files.hpp"
#include "tests/unit/kubernetes/pem_files.hpp"

namespace scalehook::kubernetes {
namespace {

using ::testing::HasSubstr;
using testing::StartsWith;

constexpr const char* good = R"(apiVersion: v1
kind: Config
current-context: prod
contexts:
  - {name: prod, context: {cluster: one, user: admin, namespace: shop}}
  - {name: bare, context: {cluster: one, user: admin}}
  - {name: no-user, context: {cluster: one}}
  - {name: lost-cluster, context: {cluster: two, user: admin}}
  - {name: lost-user, context: {cluster: one, user: bob}}
clusters:
  - name: one
    cluster: {server: "https://api.example.org:6443/", certificate-authority: pki/ca.crt}
users:
  - name: admin
    user: {tokenFile: ../token, token: unused}
)";

std::string fault_of(const std::vector<std::filesystem::path>& files,
                     const std::string& context = {}) {
  try {
    load_kubeconfig(files, context);
  } catch (const failure& fault) {
    EXPECT_EQ(fault.status, status::invalid);
    return fault.explanation;
  }
  return "no fault";
}

// A kubeconfig whose cluster and user have these members, and the fault of loading it.
std::string with(const std::string& cluster, const std::string& user) {
  const Folder folder;
  const auto file = folder.write("config",
                                 "current-context: c\n"
                                 "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
                                 "clusters: [{name: c, cluster: {" +
                                     cluster +
                                     "}}]\n"
                                     "users: [{name: u, user: {" +
                                     user + "}}]\n");
  std::string fault = fault_of({file});
  const std::string name = file.string() + ":";
  if (fault.starts_with(name)) fault.erase(0, name.size());
  return fault;
}
constexpr const char* server = "server: 'https://h:1'";

TEST(Kubeconfig, SaysWhereTheServerIsAndWhoWeAre) {
  const Folder folder;
  const auto file = folder.write("kube/config", good);
  const Access access = load_kubeconfig({file}, "");
  EXPECT_EQ(access.server, "https://api.example.org:6443");
  EXPECT_EQ(access.default_namespace, "shop");
  EXPECT_EQ(access.authority.file, folder.path("kube/pki/ca.crt"));  // relative to the kubeconfig
  EXPECT_EQ(access.token.file, folder.path("token"));                // a file wins over a token
  EXPECT_TRUE(access.certificate.empty());
  EXPECT_FALSE(access.insecure_skip_tls_verify);
  EXPECT_EQ(access.origin, "context \"prod\" of " + file.string());
}

TEST(Kubeconfig, TheSettingChoosesTheContext) {
  const Folder folder;
  const auto file = folder.write("config", good);
  EXPECT_EQ(load_kubeconfig({file}, "bare").default_namespace, "default");
  EXPECT_TRUE(load_kubeconfig({file}, "no-user").token.empty());
  EXPECT_THAT(fault_of({file}, "staging"),
              testing::AllOf(StartsWith(file.string()), HasSubstr("no context \"staging\""),
                             HasSubstr("\"bare\", \"lost-cluster\", \"lost-user\"")));
}

TEST(Kubeconfig, NamesWhatAContextPointsToInVain) {
  const Folder folder;
  const auto file = folder.write("config", good);
  EXPECT_EQ(fault_of({file}, "lost-cluster"),
            file.string() +
                ":8:35: context \"lost-cluster\" names the cluster \"two\"; there is \"one\"");
  EXPECT_EQ(fault_of({file}, "lost-user"),
            file.string() +
                ":9:32: context \"lost-user\" names the user \"bob\"; there is "
                "\"admin\"");
}

TEST(Kubeconfig, TakesDataInPlaceOfFiles) {
  const Folder folder;
  const auto file = folder.write("config",
                                 "current-context: c\n"
                                 "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
                                 "clusters:\n- name: c\n  cluster:\n"
                                 "    server: https://h\n"
                                 "    tls-server-name: kubernetes\n"
                                 "    proxy-url: http://proxy:3128\n"
                                 "    certificate-authority: unused\n"
                                 "    certificate-authority-data: |\n"
                                 "      " +
                                     base64("the authority") +
                                     "\n"
                                     "users:\n- name: u\n  user:\n"
                                     "    token: abc\n"
                                     "    client-certificate-data: " +
                                     base64("cert") +
                                     "\n"
                                     "    client-key-data: " +
                                     base64("the key") + "\n");
  const Access access = load_kubeconfig({file}, "");
  EXPECT_EQ(access.authority.data, "the authority");
  EXPECT_EQ(access.certificate.data, "cert");
  EXPECT_EQ(access.key.data, "the key");
  EXPECT_EQ(access.token.data, "abc");
  EXPECT_EQ(access.tls_server_name, "kubernetes");
  EXPECT_EQ(access.proxy, "http://proxy:3128");
}

TEST(Kubeconfig, SeveralFilesAreOneAndTheFirstWins) {
  const Folder folder;
  const auto first = folder.write("a",
                                  "contexts: [{name: x, context: {cluster: one, user: u}}]\n"
                                  "users: [{name: u, user: {token: mine}}]\n");
  const auto second = folder.write("b",
                                   "current-context: x\n"
                                   "clusters: [{name: one, cluster: {server: 'https://h'}}]\n"
                                   "users: [{name: u, user: {token: other}}]\n");
  EXPECT_EQ(load_kubeconfig({first, second}, "").token.data, "mine");
}

TEST(Kubeconfig, SaysWhyAFileCannotBeRead) {
  const Folder folder;
  EXPECT_EQ(
      fault_of({folder.path("none")}),
      folder.path("none").string() + ": cannot read the kubeconfig: No such file or directory");
  EXPECT_THAT(fault_of({folder.path()}), HasSubstr("it is a directory"));
  EXPECT_THAT(fault_of({folder.write("empty", "")}), HasSubstr("the kubeconfig is empty"));
  EXPECT_THAT(fault_of({folder.write("list", "- a\n")}), HasSubstr("list:1:1: not a kubeconfig"));
  EXPECT_THAT(fault_of({folder.write("yaml", "clusters:\n  - [}\n")}),
              HasSubstr("yaml:2:6: not YAML"));
  EXPECT_THAT(fault_of({folder.write("types", "clusters: {}\n")}),
              HasSubstr("types:1:11: `clusters` must be a list"));
  EXPECT_THAT(fault_of({folder.write("nothing", "kind: Config\n")}),
              HasSubstr("no current-context; set `context` (there is none)"));
}

TEST(Kubeconfig, RefusesWhatItDoesNotSupportByName) {
  EXPECT_THAT(with(server, "exec: {command: aws}"),
              testing::AllOf(StartsWith("4:"), HasSubstr("`exec` is not supported"),
                             HasSubstr("token of a service account")));
  EXPECT_THAT(with(server, "auth-provider: {name: gcp}"), HasSubstr("`auth-provider`"));
  EXPECT_THAT(with(server, "username: a, password: b"), HasSubstr("accepts no passwords"));
  EXPECT_THAT(with(server, "token: a, as: admin"), HasSubstr("does not impersonate"));
}

TEST(Kubeconfig, RefusesToSendATokenInClear) {
  for (const char* const key : {"token", "tokenFile"}) {
    EXPECT_THAT(
        with("server: 'http://127.0.0.1:8080'", std::string(key) + ": abc"),
        testing::AllOf(StartsWith("4:"), HasSubstr(std::string(key) + "` would be sent in clear"),
                       HasSubstr(":3:40 is http://; write https://HOST:PORT")));
  }
  EXPECT_EQ(with("server: 'http://127.0.0.1:8080'", "client-certificate: c, client-key: k"),
            "no fault");
}

TEST(Kubeconfig, SaysWhatIsWrongWithAClusterOrAUser) {
  EXPECT_THAT(with("", ""), HasSubstr("the cluster has no `server`"));
  EXPECT_THAT(with("server: 'ftp://h'", ""), HasSubstr("https:// or http://"));
  EXPECT_THAT(with("server: h", ""), HasSubstr("write https://HOST:PORT"));
  EXPECT_THAT(with("server: 'https://a:b@h'", ""), HasSubstr("without user"));
  EXPECT_THAT(with("server: 'https://h:99999'", ""), HasSubstr("is not an address"));
  EXPECT_THAT(with("server: [a]", ""), HasSubstr("3:40: `server` must be a string"));
  EXPECT_THAT(with("server: 'https://h', insecure-skip-tls-verify: maybe", ""),
              HasSubstr("must be true or false"));
  EXPECT_THAT(with("server: 'https://h', insecure-skip-tls-verify: true, "
                   "certificate-authority: ca",
                   ""),
              HasSubstr("exclude each other"));
  for (const char* text : {"a", "abc=d", "====", "ab!d", "YQ=a"}) {
    EXPECT_THAT(with(std::string{server} + ", certificate-authority-data: '" + text + "'", ""),
                testing::AllOf(HasSubstr("is not base64"), HasSubstr("`certificate-authority`")))
        << text;
  }
  EXPECT_THAT(with(server, "client-certificate: c"), HasSubstr("without `client-key`"));
  EXPECT_THAT(with(server, "client-key: c"), HasSubstr("without `client-certificate`"));
}

}  // namespace
}  // namespace scalehook::kubernetes
