#include "core/journal/body.hpp"

#include <gtest/gtest.h>

namespace scalehook::journal {
namespace {

std::string repeated(std::size_t size) {
  std::string body;
  while (body.size() < size) body += R"({"labels":{"alertname":"Busy","deployment":"checkout"}},)";
  body.resize(size);
  return body;
}

TEST(Body, ComesBackAsItWas) {
  for (const std::size_t size : {0u, 1u, 300u, 4'530u, 9'000'000u}) {
    const auto body = repeated(size);
    EXPECT_EQ(unpacked(packed(body)), body) << size;
  }
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(unpacked(packed(every)), every);
}

TEST(Body, IsSmallWhenAlertsAreAlike) { EXPECT_LT(packed(repeated(4'530)).size(), 453u); }

TEST(Body, OfAnOlderVersionIsAsItWasSent) {
  EXPECT_EQ(unpacked(R"({"alerts":[]})"), R"({"alerts":[]})");
  EXPECT_EQ(unpacked(""), "");
}

// Whether it is still a notification is for its reader to say.
TEST(Body, ThatIsDamagedIsNoneOrAsLong) {
  const auto body = repeated(4'530);
  const auto frame = packed(body);
  for (std::size_t length = 4; length < frame.size(); ++length) {
    EXPECT_EQ(unpacked(frame.substr(0, length)), std::nullopt) << "cut at " << length;
  }
  for (std::size_t place = 4; place < frame.size(); ++place) {
    auto damaged = frame;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    EXPECT_EQ(unpacked(damaged).value_or(body).size(), body.size()) << "byte " << place;
  }
}

}  // namespace
}  // namespace scalehook::journal
