#include "plugins/kubernetes/access/kubeconfig.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/kubernetes/files.hpp"
#include "tests/unit/kubernetes/pem_files.hpp"

namespace scalehook::kubernetes {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

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

// A kubeconfig whose cluster and user have these members.
std::filesystem::path write(const Folder& folder, const std::string& cluster,
                            const std::string& user) {
  return folder.write("config",
                      "current-context: c\n"
                      "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
                      "clusters: [{name: c, cluster: {" +
                          cluster +
                          "}}]\n"
                          "users: [{name: u, user: {" +
                          user + "}}]\n");
}

// The fault of loading it.
std::string with(const std::string& cluster, const std::string& user) {
  const Folder folder;
  const auto file = write(folder, cluster, user);
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
      folder.path("none").string() +
          ": cannot read the kubeconfig: No such file or directory; name a file that the daemon's "
          "user may read");
  EXPECT_THAT(fault_of({folder.path()}), HasSubstr("it is a directory"));
  EXPECT_THAT(fault_of({folder.write("empty", "")}),
              HasSubstr("empty: it has no current-context; set `context` (there is none)"));
  EXPECT_THAT(fault_of({folder.write("kind", "kind: Pod\n")}),
              HasSubstr("kind:1:7: not a kubeconfig: `kind` is \"Pod\"; it must be Config"));
  EXPECT_THAT(fault_of({folder.write("version", "apiVersion: v2\n")}),
              HasSubstr("version:1:13: not a kubeconfig: `apiVersion` is \"v2\"; it must be v1"));
  EXPECT_THAT(fault_of({folder.write("twice", "users: [{name: a}, {name: a}]\n")}),
              HasSubstr("twice:1:20: the name \"a\" stands twice in `users`"));
  EXPECT_THAT(fault_of({folder.write("list", "- a\n")}), HasSubstr("list:1:1: not a kubeconfig"));
  EXPECT_THAT(fault_of({folder.write("yaml", "clusters:\n  - [}\n")}),
              HasSubstr("yaml:2:6: not YAML"));
  EXPECT_THAT(fault_of({folder.write("types", "clusters: {}\n")}),
              HasSubstr("types:1:11: `clusters` must be a list"));
  EXPECT_THAT(fault_of({folder.write("nothing", "kind: Config\n")}),
              HasSubstr("no current-context; set `context` (there is none)"));
}

TEST(Kubeconfig, AnEmptyFileAddsNothing) {
  const Folder folder;
  const auto file = folder.write("config", good);
  EXPECT_EQ(
      load_kubeconfig({folder.write("empty", ""), folder.write("comment", "# none\n"), file}, "")
          .default_namespace,
      "shop");
}

TEST(Kubeconfig, TakesAnEntryThatSaysNothingAsKubectlDoes) {
  const Folder folder;
  const auto file =
      folder.write("config",
                   "contexts: [{name: c, context: {cluster: c, user: u}}, {name: d}]\n"
                   "clusters: [{name: c, cluster: {server: 'https://h'}}]\n"
                   "users: [{name: u, token: mis-nested}]\n");
  const Access access = load_kubeconfig({file}, "c");
  EXPECT_TRUE(access.token.empty());
  EXPECT_THAT(access.warnings,
              ElementsAre(HasSubstr("config:3:19: the key `token` is unknown and not heeded")));
  EXPECT_THAT(fault_of({file}, "d"), HasSubstr("names the cluster \"\""));
}

TEST(Kubeconfig, WarnsOfMistypedKeysWhichKubectlPassesOver) {
  const Folder folder;
  const auto file = write(folder, std::string{server} + ", proxyurl: x, Tls_Server_Name: y",
                          "token: first, tokenfile: z, token: second, colour: red");
  const Access access = load_kubeconfig({file}, "");
  EXPECT_THAT(access.warnings,
              ElementsAre(AllOf(HasSubstr("config:3:55: the key `proxyurl` is unknown"),
                                HasSubstr("is `proxy-url` meant?")),
                          HasSubstr("is `tls-server-name` meant?"),
                          AllOf(HasSubstr("`tokenfile`"), HasSubstr("is `tokenFile` meant?")),
                          HasSubstr("`token` stands here again"),
                          AllOf(HasSubstr("`colour`"), Not(HasSubstr("meant")))));
  EXPECT_EQ(access.token.data, "second");  // the last one counts for kubectl too
}

TEST(Kubeconfig, RefusesWhatItDoesNotSupportByName) {
  EXPECT_THAT(with(server, "auth-provider: {name: gcp}"),
              AllOf(StartsWith("4:"), HasSubstr("`auth-provider` is not supported"),
                    HasSubstr("token of a service account")));
}

TEST(Kubeconfig, ReadsALoginAsKubectlDoes) {
  const Folder folder;
  const auto read = [&](const std::string& user) {
    return load_kubeconfig({write(folder, server, user)}, "");
  };
  const std::string exec =
      ", exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: sh}";
  const Access both = read("username: a b, password: 'c:\u00e4'" + exec);
  EXPECT_EQ(both.login.user, "a b");
  EXPECT_EQ(both.login.password, "c:\u00e4");
  EXPECT_FALSE(both.exec);
  EXPECT_THAT(both.warnings, ElementsAre(HasSubstr("`exec` is not run")));
  EXPECT_EQ(read("username: a").login.user, "a");
  EXPECT_FALSE(read("username: a, client-certificate: c, client-key: k").certificate.empty());

  const Access lost = read("password: secret" + exec);
  EXPECT_TRUE(lost.login.empty() && lost.login.password.empty());
  EXPECT_TRUE(lost.exec);
  EXPECT_THAT(lost.warnings,
              ElementsAre(AllOf(HasSubstr("config:4:"), HasSubstr("`password` without `username`"),
                                Not(HasSubstr("secret")))));
}

TEST(Kubeconfig, RefusesALoginThatCannotBeSent) {
  const auto login = [](const std::string& members) { return with(server, members); };
  for (const char* const token : {"token: t", "tokenFile: t"}) {
    EXPECT_THAT(login(std::string{"username: a, password: secret, "} + token),
                AllOf(StartsWith("4:"), HasSubstr("exclude each other"), Not(HasSubstr("secret"))));
  }
  EXPECT_THAT(login("username: 'a:b'"), AllOf(StartsWith("4:"), HasSubstr("holds a colon")));
  EXPECT_THAT(login("username: \"a\\n\""), HasSubstr("`username` holds a control character"));
  EXPECT_THAT(login("username: a, password: \"secret\\x7f\""),
              AllOf(HasSubstr("`password` holds a control character"), Not(HasSubstr("secret"))));
  EXPECT_THAT(login("username: a, password: \"\\0secret\""), HasSubstr("a control character"));
}

TEST(Kubeconfig, ABareServerIsWithoutTlsAsForKubectl) {
  const Folder folder;
  for (const auto& [text, expected] : {std::pair{"127.0.0.1", "http://127.0.0.1"},
                                       {"localhost:6443", "http://localhost:6443"},
                                       {"h:1/", "http://h:1"},
                                       {"[::1]:6443", "http://[::1]:6443"}}) {
    const auto file =
        write(folder, "certificate-authority: ca, server: '" + std::string{text} + "'", "as: bob");
    const Access access = load_kubeconfig({file}, "");
    EXPECT_EQ(access.server, expected);
    EXPECT_THAT(access.warnings, ElementsAre(AllOf(StartsWith(file.string() + ":3:"),
                                                   HasSubstr("has no scheme and is asked without "
                                                             "TLS"))));
  }
  for (const char* const text : {"h:1/prefix", "//h:1", "h:port", "h:99999", "a b", "https:h:1"}) {
    EXPECT_THAT(with(std::string{"server: '"} + text + "'", ""),
                AllOf(StartsWith("3:"), HasSubstr("write https://HOST:PORT")))
        << text;
  }
}

TEST(Kubeconfig, TheCaseOfASchemeIsNoMatter) {
  const Folder folder;
  const Access access =
      load_kubeconfig({write(folder, "server: 'HTTPs://Host:1/Prefix/'", "")}, "");
  EXPECT_EQ(access.server, "https://Host:1/Prefix");
  EXPECT_THAT(access.warnings, ElementsAre());
}

TEST(Kubeconfig, ReadsWhatExecIsToRun) {
  const Folder folder;
  const auto file = write(
      folder,
      "server: 'https://h:1', extensions: [{name: other, extension: {a: b}}, {name: "
      "client.authentication.k8s.io/exec, extension: {audience: '1', limit: 2, on: [true, ~]}}]",
      "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./helper, args: [a, ''], "
      "env: [{name: A, value: b}, {name: C}], installHint: buy it, provideClusterInfo: true, "
      "interactiveMode: IfAvailable}");
  const Access access = load_kubeconfig({file}, "");
  ASSERT_TRUE(access.exec);
  EXPECT_EQ(access.exec->command, folder.path("helper").string());
  EXPECT_THAT(access.exec->arguments, ElementsAre("a", ""));
  EXPECT_THAT(access.exec->environment, ElementsAre(Pair("A", "b"), Pair("C", "")));
  EXPECT_EQ(access.exec->install_hint, "buy it");
  EXPECT_EQ(access.exec->cluster_config, R"({"audience":"1","limit":2,"on":[true,null]})");
  EXPECT_THAT(access.warnings,
              ElementsAre(HasSubstr("there is no program " + folder.path("helper").string() +
                                    " now; buy it")));
}

TEST(Kubeconfig, AnExtensionThatItsAliasesMakeEndlessIsRefused) {
  const auto extension = [](const std::string& value) {
    return with(
        "server: 'https://h', extensions: [{name: client.authentication.k8s.io/exec, "
        "extension: " +
            value + "}]",
        "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: sh, "
        "provideClusterInfo: true}");
  };
  EXPECT_THAT(extension("&self {a: *self}"), HasSubstr("nested deeper than 30 levels"));
  std::string doubled = "{a0: &a0 [x, x]";
  for (int i = 1; i <= 15; ++i) {
    doubled += fmt::format(", a{0}: &a{0} [*a{1}, *a{1}]", i, i - 1);
  }
  EXPECT_THAT(extension(doubled + "}"),
              AllOf(StartsWith("3:"), HasSubstr("more than 10000 values, aliases counted")));
}

TEST(Kubeconfig, LeavesABareCommandToThePath) {
  const Folder folder;
  const Access access = load_kubeconfig(
      {write(folder, server,
             "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: sh}")},
      "");
  ASSERT_TRUE(access.exec);
  EXPECT_EQ(access.exec->command, "sh");
  EXPECT_THAT(access.warnings, ElementsAre());
}

TEST(Kubeconfig, ATokenOrACertificateWinsOverExec) {
  const std::string exec = "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: sh}";
  for (const char* other : {"token: a", "tokenFile: a", "client-certificate: c, client-key: k"}) {
    const Folder folder;
    const Access access = load_kubeconfig({write(folder, server, exec + ", " + other)}, "");
    EXPECT_FALSE(access.exec) << other;
    EXPECT_THAT(access.warnings, ElementsAre(HasSubstr("`exec` is not run")));
  }
}

TEST(Kubeconfig, SaysWhatIsWrongWithExec) {
  const auto exec = [](const std::string& members) {
    return with(server, "exec: {" + members + "}");
  };
  const std::string v1 = "apiVersion: client.authentication.k8s.io/v1";
  EXPECT_THAT(exec(v1), AllOf(StartsWith("4:"), HasSubstr("no `command`")));
  EXPECT_THAT(exec("command: a"), HasSubstr("no `apiVersion`"));
  EXPECT_THAT(exec("command: a, apiVersion: client.authentication.k8s.io/v1alpha1"),
              AllOf(HasSubstr("removed it in 1.24"), HasSubstr("write client.authentication")));
  EXPECT_THAT(exec("command: a, apiVersion: v1"), HasSubstr("\"v1\" is not supported"));
  EXPECT_THAT(exec(v1 + ", command: a"), HasSubstr("write `interactiveMode: Never`"));
  EXPECT_THAT(exec(v1 + ", command: a, interactiveMode: Always"),
              AllOf(HasSubstr("a person at a terminal"), HasSubstr("write Never")));
  EXPECT_THAT(exec(v1 + ", command: a, interactiveMode: maybe"), HasSubstr("\"maybe\""));
  EXPECT_THAT(exec("command: [a]"), HasSubstr("`command` must be a string"));
  EXPECT_THAT(exec("command: a, args: b"), HasSubstr("`args` must be a list"));
  EXPECT_THAT(exec("command: a, args: [[b]]"), HasSubstr("must be a list of strings"));
  EXPECT_THAT(exec("command: a, env: [{value: b}]"), HasSubstr("`env` has no `name`"));
  EXPECT_THAT(exec("command: a, env: [{name: 'b=c'}]"), HasSubstr("`=` in it"));
}

TEST(Kubeconfig, ReadsWhoIsToBeImpersonated) {
  const Folder folder;
  const auto file = write(folder, server,
                          "token: a, as: bob, as-uid: '7', as-groups: [x, y], as-user-extra: "
                          "{scopes: [one, two]}");
  const Impersonation found = load_kubeconfig({file}, "").impersonation;
  EXPECT_EQ(found.user, "bob");
  EXPECT_EQ(found.uid, "7");
  EXPECT_THAT(found.groups, ElementsAre("x", "y"));
  EXPECT_THAT(found.extra, ElementsAre(Pair("scopes", ElementsAre("one", "two"))));
  EXPECT_THAT(with(server, "as-groups: [x]"), HasSubstr("need the user's name in `as`"));
  for (const char* const user :
       {"as: \"a\\r\\nX: b\"", "as: a, as-groups: [\"a\\nb\"]", "as: a, as-uid: \"\\x7f\"",
        "as: a, as-user-extra: {k: [\"\\0\"]}"}) {
    EXPECT_THAT(with(server, user), HasSubstr("holds a control character")) << user;
  }
  for (const char* const user : {"as: ' '", "as: a, as-uid: \"\\t\"", "as: a, as-groups: [b, '  ']",
                                 "as: a, as-user-extra: {k: [b, ' ']}"}) {
    EXPECT_THAT(with(server, user), AllOf(StartsWith("4:"), HasSubstr("is blank"))) << user;
  }
}

TEST(Kubeconfig, TakesTheProxiesThatKubectlTakesAndQuotesNone) {
  for (const char* const proxy :
       {"http://h:3128", "https://u:p@h", "socks5://u:secret@[::1]:1080"}) {
    EXPECT_EQ(with(std::string{server} + ", proxy-url: '" + proxy + "'", ""), "no fault") << proxy;
  }
  for (const char* const proxy :
       {"socks4://u:secret@h", "h:3128", "ftp://secret", "http://", "http://u:secret@h:99999"}) {
    EXPECT_THAT(with(std::string{server} + ", proxy-url: '" + proxy + "'", ""),
                AllOf(StartsWith("3:"), HasSubstr("`proxy-url` "), HasSubstr("socks5://HOST:PORT"),
                      Not(HasSubstr("secret"))))
        << proxy;
  }
}

TEST(Kubeconfig, QuotesNoServerForItMayHoldAPassword) {
  for (const char* const text :
       {"https://us:pa secret@h", "HTTPS://us:secret@h", "us:secret@h", "https://us:secret@h",
        "https://:secret@h", "https://us:secret", "ftp://us:secret@h", "https://h?secret"}) {
    EXPECT_THAT(with(std::string{"server: '"} + text + "'", ""),
                AllOf(StartsWith("3:"), HasSubstr("server "), HasSubstr("write https://HOST:PORT"),
                      Not(HasSubstr("secret"))))
        << text;
  }
}

TEST(Kubeconfig, RefusesToSendATokenInClear) {
  for (const char* const key : {"token", "tokenFile", "username", "password", "exec"}) {
    EXPECT_THAT(
        with("server: 'http://127.0.0.1:8080'", std::string(key) + ": abc"),
        testing::AllOf(StartsWith("4:"), HasSubstr(std::string(key) + "` would be sent in clear"),
                       HasSubstr(":3:40 is http://; write https://HOST:PORT")));
    EXPECT_THAT(with("server: '127.0.0.1:8080'", std::string(key) + ": abc"),
                HasSubstr(":3:40 has no scheme, which means http://; write https://HOST:PORT"));
  }
  EXPECT_EQ(with("server: 'http://127.0.0.1:8080'", "client-certificate: c, client-key: k"),
            "no fault");
}

TEST(Kubeconfig, SaysWhatIsWrongWithAClusterOrAUser) {
  EXPECT_THAT(with("", ""), HasSubstr("the cluster has no `server`"));
  EXPECT_THAT(with("server: 'ftp://h'", ""), HasSubstr("https:// or http://"));
  EXPECT_THAT(with("server: 'https://a:b@h'", ""), HasSubstr("has a user"));
  EXPECT_THAT(with("server: 'https://h:99999'", ""), HasSubstr("is not an address"));
  for (const char* const name : {"api test", "h/x", "h:1", "[::1", "us:secret@h"}) {
    EXPECT_THAT(with(std::string{server} + ", tls-server-name: '" + name + "'", ""),
                AllOf(StartsWith("3:"), HasSubstr("`tls-server-name` is no name of a host")))
        << name;
  }
  for (const char* const name : {"api.test", "10.0.0.1", "::1", "[::1]"}) {
    EXPECT_EQ(with(std::string{server} + ", tls-server-name: '" + name + "'", ""), "no fault")
        << name;
  }
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
  EXPECT_EQ(with(server, "client-key: c"), "no fault");  // kubectl passes over it
}

}  // namespace
}  // namespace scalehook::kubernetes
