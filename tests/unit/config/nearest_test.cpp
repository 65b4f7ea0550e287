#include "core/config/nearest.hpp"

#include <gtest/gtest.h>

namespace scalehook::config {
namespace {

TEST(Nearest, NearestFindsSlipsOfTheKeyboard) {
  const std::vector<std::string> known{"smarthost", "from", "to", "username", "require_tls"};
  EXPECT_EQ(nearest("smarhost", known), "smarthost");
  EXPECT_EQ(nearest("form", known), "from");
  EXPECT_EQ(nearest("user_name", known), "username");
  EXPECT_EQ(nearest("requiretls", known), "require_tls");
  EXPECT_EQ(nearest("colour", known), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Nearest, CountsSlips) {
  EXPECT_EQ(slips("severity", "severity"), 0U);
  EXPECT_EQ(slips("serverity", "severity"), 1U);
  EXPECT_EQ(slips("namepsace", "namespace"), 1U);
  EXPECT_EQ(slips("section", "action"), 2U);
  EXPECT_EQ(slips("", "abc"), 3U);
}

}  // namespace
}  // namespace scalehook::config
