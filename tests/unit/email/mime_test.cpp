#include "plugins/email/mime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <regex>
#include <sstream>

#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::string rest = text;
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    EXPECT_NE(end, std::string::npos) << "no CRLF at the end of: " << rest;
    if (end == std::string::npos) break;
    result.push_back(rest.substr(0, end));
    rest.erase(0, end + 2);
  }
  return result;
}

std::string base64_decoded(const std::string& text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), int(text.size()));
  EXPECT_GE(size, 0) << text;
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

// As a reader does it: the encoded-words' contents joined, the folds between them dropped.
std::string decoded(const std::string& header_lines, std::vector<std::string>* words = nullptr) {
  static const std::regex word(R"(=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=)");
  std::string result;
  for (std::sregex_iterator at(header_lines.begin(), header_lines.end(), word), end; at != end;
       ++at) {
    EXPECT_LE(at->length(), 75);
    const auto content = base64_decoded((*at)[1]);
    if (words) words->push_back(content);
    result += content;
  }
  return result;
}

TEST(Header, ShortAsciiStaysAsItIs) {
  EXPECT_EQ(header("Subject", "[scalehook] deployment shop/checkout: 2 -> 3 (applied)"),
            "Subject: [scalehook] deployment shop/checkout: 2 -> 3 (applied)\r\n");
  EXPECT_EQ(header("Subject", ""), "Subject:\r\n");
}

TEST(Header, LongAsciiIsFoldedAtSpacesAndUnfoldsToItself) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += (i ? " word" : "word") + std::to_string(i);
  const auto folded = header("Subject", text);
  std::string unfolded;
  for (const auto& line : lines(folded)) {
    EXPECT_LE(line.size(), 76U);
    unfolded += line;
  }
  EXPECT_EQ(unfolded, "Subject: " + text);
}

TEST(Header, AWordThatFitsNoLineIsEncoded) {
  const std::string text(2000, 'x');
  const auto encoded = header("Subject", text);
  for (const auto& line : lines(encoded)) EXPECT_LE(line.size(), 76U);
  EXPECT_EQ(decoded(encoded), text);
}

TEST(Header, EncodedWordsHoldWholeCharacters) {
  // Characters of 1 to 4 bytes at every offset against the words' ends.
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::string text(shift, 'a');
    for (int i = 0; i < 40; ++i) text += "é€😀x";
    const auto encoded = header("Subject", text);
    std::vector<std::string> words;
    EXPECT_EQ(decoded(encoded, &words), text);
    EXPECT_GT(words.size(), 5U);
    for (const auto& word : words) {
      EXPECT_EQ(visible(word), word) << "a character was cut in two";  // no U+FFFD came in
      EXPECT_NE(static_cast<unsigned char>(word.front()) & 0xC0, 0x80);
    }
    for (const auto& line : lines(encoded)) EXPECT_LE(line.size(), 76U);
  }
}

TEST(Header, WhatLooksEncodedIsEncoded) {
  const std::string text = "=?UTF-8?B?cGF5IG1l?=";
  EXPECT_EQ(decoded(header("Subject", text)), text);
}

TEST(Header, NothingBeginsAnotherField) {
  for (const std::string attack : {"x\r\nBcc: victim@example.org", "x\nBcc: victim@example.org",
                                   "x\rBcc: v@example.org", "x\r\n\r\nbody",
                                   "x\xC2\x85"
                                   "Bcc: v@example.org",
                                   "x\xE2\x80\xA8"
                                   "Bcc: v@example.org"}) {
    const auto written = header("Subject", attack);
    EXPECT_EQ(lines(written).size(), 1U) << written;
    EXPECT_TRUE(written.starts_with("Subject: x ")) << written;
  }
  const auto nul = header("Subject", std::string("a\0b", 3));
  EXPECT_EQ(nul, "Subject: a b\r\n");
}

TEST(Header, BytesThatAreNoUtf8BecomeReplacements) {
  EXPECT_EQ(decoded(header("Subject", "a\xFFz\xC3")), "a\xEF\xBF\xBDz\xEF\xBF\xBD");
}

TEST(QuotedPrintable, WritesWhatIsSafeAsItIs) {
  EXPECT_EQ(quoted_printable("a = b\n"), "a =3D b\r\n");
  EXPECT_EQ(quoted_printable("é"), "=C3=A9\r\n");
  EXPECT_EQ(quoted_printable("end \nnext"), "end=20\r\nnext\r\n");
  EXPECT_EQ(quoted_printable("\n\n"), "\r\n\r\n");
  EXPECT_EQ(quoted_printable("a\r\n"), "a=0D\r\n");
}

TEST(QuotedPrintable, NoLineIsLongerThan76AndNoneIsLost) {
  for (std::size_t length = 70; length < 160; ++length) {
    for (const std::string piece : {"x", "=", "é", " "}) {
      std::string text;
      while (text.size() < length) text += piece;
      std::string back;
      for (const auto& line : lines(quoted_printable(text + "\n"))) {
        ASSERT_LE(line.size(), 76U);
        for (std::size_t i = 0; i < line.size(); ++i) {
          if (line[i] != '=') {
            back += line[i];
          } else if (i + 1 < line.size()) {
            back += static_cast<char>(std::stoi(line.substr(i + 1, 2), nullptr, 16));
            i += 2;
          }
        }
      }
      ASSERT_EQ(back, text);
    }
  }
}

TEST(Text, ShortenedCutsBetweenCharacters) {
  EXPECT_EQ(shortened("short", 5), "short");
  EXPECT_EQ(shortened("ééé", 3), "é […]");
  EXPECT_EQ(shortened("ééé", 6), "ééé");
}

TEST(Text, OneLineLeavesNothingThatTurnsTheReader) {
  EXPECT_EQ(one_line("  a\t\tb\r\n c\x7F "), "a b c");
  EXPECT_EQ(one_line("a\u202Eb\u2066c\u200Fd"), "a b c d");
  EXPECT_EQ(one_line("naïve – “quoted”"), "naïve – “quoted”");
}

TEST(Text, WhatIsNotSeenIsASpaceButForJoiners) {
  for (const std::string unseen : {"\u0085", "\u061C", "\u200B", "\u200E", "\u2028", "\u2029",
                                   "\u202A", "\u2060", "\u2069", "\uFEFF", "\uFFF9"}) {
    EXPECT_EQ(visible("a" + unseen + "b"), "a b") << testing::PrintToString(unseen);
  }
  for (const std::string seen :
       {"👨\u200D👩", "می\u200Cخواهم", "\u00A0", "e\u0301", "\u2010", "\uFFFD", "\U0001F3F4"}) {
    EXPECT_EQ(visible(seen), seen);
  }
}

TEST(Text, WhatIsNoUtf8IsReplaced) {
  const std::string replacement = "\uFFFD";
  for (const std::string bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                                "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"}) {
    std::string expected;
    for (std::size_t i = 0; i < bad.size(); ++i) expected += replacement;
    EXPECT_EQ(visible(bad), expected) << testing::PrintToString(bad);
  }
  for (const std::string good :
       {"\u07FF", "\u0800", "\uD7FF", "\uE000", "\U00010000", "\U0010FFFF"}) {
    EXPECT_EQ(visible(good), good);
  }
}

}  // namespace
}  // namespace scalehook::email
