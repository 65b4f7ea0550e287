#include "plugins/kubernetes/scaler.hpp"

#include <gmock/gmock.h>

#include <scalehook/testing.hpp>

#include "tests/unit/kubernetes/files.hpp"

namespace scalehook::kubernetes {
namespace {

using ::testing::HasSubstr;
using Bench = scalehook::testing::bench<class DeploymentScaler>;

class DeploymentScaler : public Scaler {
 public:
  static constexpr scalehook::info info{.name = "k8s-deployment",
                                        .version = "1.0.0",
                                        .settings = settings_schema,
                                        .target = target_schema};
  explicit DeploymentScaler(const host& host) : Scaler{host, {"Deployment", "deployments"}} {}
};

std::string kubeconfig(const Folder& folder) {
  // Port 1 of the loopback: nobody listens there.
  return folder
      .write("config",
             "current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\n"
             "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n")
      .string();
}

TEST(Scaler, ABadKubeconfigIsAFailedStart) {
  const Folder folder;
  Bench bench{{{"/kubeconfig", folder.path("none").string()}}};
  EXPECT_EQ(bench.created().status, SCALEHOOK_INVALID);
  EXPECT_EQ(bench.created().code, "bad-access");
  EXPECT_THAT(bench.created().explanation, HasSubstr(folder.path("none").string()));
}

TEST(Scaler, ADeadPeerIsAFailedCall) {
  const Folder folder;
  Bench bench{{{"/kubeconfig", kubeconfig(folder)}}};
  ASSERT_EQ(bench.created().status, SCALEHOOK_OK) << bench.created().explanation;
  const auto answer = bench.read({{"name", "web"}});
  EXPECT_EQ(answer.status, SCALEHOOK_RETRY);
  EXPECT_EQ(answer.code, "unreachable");
  EXPECT_THAT(answer.explanation, HasSubstr("http://127.0.0.1:1"));
}

TEST(Scaler, ACancelledCallAsksNobody) {
  const Folder folder;
  Bench bench{{{"/kubeconfig", kubeconfig(folder)}}};
  bench.cancel();
  EXPECT_EQ(bench.read({{"name", "web"}}).status, SCALEHOOK_CANCELLED);
}

TEST(Scaler, OnlyNamesGetIntoAPath) {
  const Folder folder;
  Bench bench{{{"/kubeconfig", kubeconfig(folder)}}};
  for (const char* name : {"", "../../secrets", "a/b", "Web", "a b", "a?x", "..", ".a", "ä"}) {
    const auto answer = bench.write({{"name", name}}, {.replicas = 1});
    EXPECT_EQ(answer.status, SCALEHOOK_INVALID) << name;
    EXPECT_EQ(answer.code, "bad-target");
    EXPECT_EQ(bench.read({{"namespace", "a/b"}, {"name", "web"}}).code, "bad-target");
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
