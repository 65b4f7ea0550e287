#include "plugins/kubernetes/transport/impersonation.hpp"

#include <gmock/gmock.h>

namespace scalehook::kubernetes {
namespace {

TEST(ImpersonationHeaders, AreThoseOfClientGo) {
  EXPECT_THAT(header_lines({}), testing::ElementsAre());
  EXPECT_THAT(
      header_lines({.user = "system:serviceaccount:a:b",
                    .uid = "7",
                    .groups = {"one", "two"},
                    .extra = {{"example.org/a%b c", {"x", ""}}}}),
      testing::ElementsAre("Impersonate-User: system:serviceaccount:a:b", "Impersonate-Uid: 7",
                           "Impersonate-Group: one", "Impersonate-Group: two",
                           "Impersonate-Extra-example.org%2Fa%25b%20c: x",
                           "Impersonate-Extra-example.org%2Fa%25b%20c;"));
}

}  // namespace
}  // namespace scalehook::kubernetes
