#include "plugins/kubernetes/access/access.hpp"

#include <gmock/gmock.h>

#include "tests/unit/kubernetes/files.hpp"

namespace scalehook::kubernetes {
namespace {

std::string kubeconfig(const std::string& server) {
  return "current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\n"
         "clusters: [{name: c, cluster: {server: '" +
         server + "'}}]\n";
}

std::string fault_of(const AccessSettings& settings) {
  try {
    find_access(settings);
  } catch (const failure& fault) {
    return fault.explanation;
  }
  return "no fault";
}

class FindAccess : public testing::Test {
 protected:
  Folder folder_;
  Environment home_{"HOME", folder_.path("home").string()};
  Environment kubeconfig_{"KUBECONFIG", std::nullopt};
  Environment host_{"KUBERNETES_SERVICE_HOST", "10.0.0.1"};
  Environment port_{"KUBERNETES_SERVICE_PORT", "443"};
};

TEST_F(FindAccess, SettingThenEnvironmentThenHomeThenServiceAccount) {
  const AccessSettings none{{}, {}, folder_.path("account").string()};
  EXPECT_EQ(find_access(none).server, "https://10.0.0.1:443");

  folder_.write("home/.kube/config", kubeconfig("https://home"));
  EXPECT_EQ(find_access(none).server, "https://home");

  const auto environment = folder_.write("environment", kubeconfig("https://environment"));
  const Environment set{"KUBECONFIG",
                        folder_.path("missing").string() + ":" + environment.string()};
  EXPECT_EQ(find_access(none).server, "https://environment");

  const auto setting = folder_.write("setting", kubeconfig("https://setting"));
  EXPECT_EQ(find_access({setting.string(), {}, {}}).server, "https://setting");
}

TEST_F(FindAccess, SaysWhenThereIsNothing) {
  const Environment outside{"KUBERNETES_SERVICE_HOST", std::nullopt};
  EXPECT_THAT(fault_of({}), testing::HasSubstr("set `kubeconfig`"));
  EXPECT_THAT(fault_of({{}, "prod", {}}), testing::HasSubstr("context \"prod\""));
  const Environment missing{"KUBECONFIG", folder_.path("missing").string()};
  EXPECT_THAT(fault_of({}),
              testing::StartsWith("$KUBECONFIG names " + folder_.path("missing").string()));
}

TEST_F(FindAccess, InAPodAListWithNothingInItIsPassedOver) {
  folder_.write("account/token", "abc");
  const AccessSettings none{{}, {}, folder_.path("account").string()};
  EXPECT_THAT(find_access(none).warnings, testing::ElementsAre());
  for (const auto& file : {folder_.path("missing"), folder_.write("empty", "# nothing\n")}) {
    const Environment list{"KUBECONFIG", file.string()};
    const Access access = find_access(none);
    EXPECT_EQ(access.server, "https://10.0.0.1:443");
    EXPECT_THAT(access.warnings,
                testing::ElementsAre(testing::StartsWith("$KUBECONFIG names " + file.string())));
    EXPECT_THAT(fault_of({{}, "prod", none.service_account_dir}),
                testing::HasSubstr("context \"prod\""));
  }
}

TEST_F(FindAccess, AFileThatCannotBeLookedAtIsNotPassedOver) {
  const auto good = folder_.write("good", kubeconfig("https://good"));
  const Environment list{"KUBECONFIG", (good / "in-a-file").string() + ":" + good.string()};
  EXPECT_THAT(fault_of({}), testing::HasSubstr("Not a directory"));
}

TEST_F(FindAccess, TheServiceAccountSaysWhatThePodKnows) {
  const auto account = folder_.path("account");
  folder_.write("account/namespace", "shop\n");
  const Access access = service_account(account);
  EXPECT_EQ(access.token.file, account / "token");
  EXPECT_EQ(access.authority.file, account / "ca.crt");
  EXPECT_EQ(access.default_namespace, "shop");

  const Environment ipv6{"KUBERNETES_SERVICE_HOST", "fd00::1"};
  EXPECT_EQ(service_account(account).server, "https://[fd00::1]:443");
}

}  // namespace
}  // namespace scalehook::kubernetes
