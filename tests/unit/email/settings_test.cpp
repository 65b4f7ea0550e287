#include "plugins/email/settings.hpp"

#include <gtest/gtest.h>

#include <scalehook/testing.hpp>

namespace scalehook::email {
namespace {

// Of what a configuration must have, and these besides.
Settings settings(std::vector<testing::entry> given) {
  const std::vector<testing::entry> required{{"/from", "scalehook@example.org"},
                                             {"/to/0", "ops@example.org"},
                                             {"/subject", "${headline}"},
                                             {"/headers/X-Team", "payments"},
                                             {"/timeout", "30s"}};
  given.insert(given.end(), required.begin(), required.end());
  const testing::detail::host raw{given};
  return read_settings({&raw, "ops"});
}

TEST(Settings, OfPort465IsTlsFromTheFirstByteUnlessSaidOtherwise) {
  EXPECT_TRUE(settings({{"/smarthost", "smtp.example.org:465"}}).relay.implicit_tls);
  EXPECT_FALSE(settings({{"/smarthost", "smtp.example.org:587"}}).relay.implicit_tls);
  EXPECT_FALSE(settings({{"/smarthost", "smtp.example.org:465"}, {"/force_implicit_tls", false}})
                   .relay.implicit_tls);
}

TEST(Settings, AreStrictUnlessSaidOtherwise) {
  const auto strict = settings({{"/smarthost", "smtp.example.org:587"}});
  EXPECT_TRUE(strict.relay.require_tls);
  EXPECT_FALSE(strict.relay.insecure_skip_verify);
  EXPECT_TRUE(strict.envelope.threading);
  EXPECT_EQ(strict.timeout, std::chrono::seconds(30));
  const auto lax = settings({{"/smarthost", "smtp.example.org:587"},
                             {"/require_tls", false},
                             {"/tls_config/insecure_skip_verify", true},
                             {"/threading", false}});
  EXPECT_FALSE(lax.relay.require_tls);
  EXPECT_TRUE(lax.relay.insecure_skip_verify);
  EXPECT_FALSE(lax.envelope.threading);
}

}  // namespace
}  // namespace scalehook::email
