#include "plugins/kubernetes/scaler.hpp"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <scalehook/testing.hpp>
#include <thread>
#include <vector>

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
  explicit DeploymentScaler(const host& host)
      : Scaler{host, Resource{"apps", "v1", "Deployment", "deployments"}} {}
};

class AnyScaler : public Scaler {
 public:
  static constexpr scalehook::info info{.name = "k8s-scale",
                                        .version = "1.0.0",
                                        .settings = settings_schema,
                                        .target = target_schema};
  explicit AnyScaler(const host& host) : Scaler{host, std::nullopt} {}
};

// Without a port: 1, where nobody listens.
std::string kubeconfig(const Folder& folder, int port = 1) {
  return folder
      .write("config",
             "current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\n"
             "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:" +
                 std::to_string(port) + "'}}]\n")
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

// Takes connections and answers nothing.
class Silent {
 public:
  Silent() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address_), size), 0);
    ::listen(fd_, 1);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~Silent() { ::close(fd_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

  int port() const { return ntohs(address_.sin_port); }
  // Waits until somebody asks for something; the connection stays open until close.
  int await_request() const {
    const int connection = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    char first = 0;
    EXPECT_EQ(::recv(connection, &first, 1, 0), 1);
    return connection;
  }

 private:
  int fd_;
  sockaddr_in address_{};
};

TEST(Scaler, CancellationEndsARunningCall) {
  const Folder folder;
  const Silent server;
  Bench bench{{{"/kubeconfig", kubeconfig(folder, server.port())}}};
  bench.timeout(std::chrono::hours{1});
  int connection = -1;
  std::jthread canceller{[&] {
    connection = server.await_request();
    bench.cancel();
  }};
  const auto answer = bench.read({{"name", "web"}});
  canceller.join();
  ::close(connection);
  EXPECT_EQ(answer.status, SCALEHOOK_CANCELLED);
  EXPECT_EQ(answer.code, "cancelled");
}

TEST(Scaler, CallsFromSeveralThreadsAreIndependent) {
  const Folder folder;
  Bench bench{{{"/kubeconfig", kubeconfig(folder)}}};
  std::atomic<int> unreachable{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i)
          unreachable += bench.read({{"name", "web"}}).code == "unreachable";
      });
    }
  }
  EXPECT_EQ(unreachable, 100);
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

TEST(Scaler, OnlyAVersionGetsIntoAPath) {
  const Folder folder;
  scalehook::testing::bench<AnyScaler> bench{{{"/kubeconfig", kubeconfig(folder)}}};
  for (const char* version : {"", "/", "/v1", "apps/", "apps/v1/x", "../v1", "apps/..", "a b/v1",
                              "apps/v1?x", "Apps/v1"}) {
    const auto answer =
        bench.read({{"apiVersion", version}, {"kind", "ReplicaSet"}, {"name", "web"}});
    EXPECT_EQ(answer.status, SCALEHOOK_INVALID) << version;
    EXPECT_EQ(answer.code, "bad-target") << version;
  }
  for (const char* version : {"v1", "apps/v1", "argoproj.io/v1alpha1"}) {
    const auto answer =
        bench.write({{"apiVersion", version}, {"kind", "Any"}, {"name", "web"}}, {.replicas = 1});
    EXPECT_EQ(answer.code, "unreachable") << version;
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
