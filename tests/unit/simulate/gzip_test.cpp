#include "core/simulate/gzip.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>

namespace scalehook::simulate {
namespace {

class Gzip : public ::testing::Test {
 protected:
  ~Gzip() override { std::filesystem::remove(path_); }
  void SetUp() override {
    const int descriptor = ::mkstemp(path_.data());
    ASSERT_GE(descriptor, 0);
    ::close(descriptor);
  }

  static std::string compress(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string compressed(deflateBound(&stream, text.size()), '\0');
    std::string input = text;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_out = static_cast<uInt>(compressed.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    compressed.resize(stream.total_out);
    deflateEnd(&stream);
    return compressed;
  }

  // Of a file with those bytes: what it holds, or "fault: " and the sentence.
  std::string read(const std::string& bytes, std::size_t most = 1 << 20) {
    std::ofstream{path_, std::ios::binary} << bytes;
    const auto text = read_gzip(path_, most);
    return text ? *text : "fault: " + text.error();
  }

  std::string path_ = (std::filesystem::temp_directory_path() / "gzip-XXXXXX").string();
};

TEST_F(Gzip, WhatIsNotCompressedIsReadAsItIs) {
  for (const std::string text : {"", "t,load\n0,5\n", "\x1f", "\x1f\x8a"}) {
    EXPECT_EQ(read(text), text);
  }
}

TEST_F(Gzip, ACompressedFileIsItsText) {
  EXPECT_EQ(read(compress("t,load\n0,5\n")), "t,load\n0,5\n");
  EXPECT_EQ(read(compress("")), "");
  std::string long_text;  // many times what is read or decompressed in one piece
  for (int line = 0; line < 60000; ++line) long_text += std::to_string(line * 7919) + ",1\n";
  EXPECT_EQ(read(compress(long_text)), long_text);
}

TEST_F(Gzip, TextThatFillsOnePieceEndsThere) {
  const std::string text(std::size_t{1} << 16, 'a');
  EXPECT_EQ(read(compress(text)), text);
  EXPECT_EQ(read(compress(text) + compress(text)), text + text);
}

TEST_F(Gzip, SeveralMembersAreOneText) {
  EXPECT_EQ(read(compress("0,1\n") + compress("") + compress("15,2\n")), "0,1\n15,2\n");
}

TEST_F(Gzip, WhatEndsTooEarlyIsTold) {
  const auto whole = compress("t,load\n0,5\n15,6\n");
  for (std::size_t size = 2; size < whole.size(); ++size) {
    EXPECT_TRUE(
        read(whole.substr(0, size)).starts_with("fault: the compressed data ends too early"))
        << size;
  }
  EXPECT_TRUE(read(whole + whole.substr(0, 5)).starts_with("fault: the compressed data ends"));
}

TEST_F(Gzip, DamageIsTold) {
  auto damaged = compress("t,load\n0,5\n15,6\n");
  damaged[damaged.size() - 6] ^= 1;  // of the checksum
  EXPECT_TRUE(read(damaged).starts_with("fault: the compressed data is damaged"));
  EXPECT_TRUE(read(compress("0,1\n") + "0,2\n").starts_with("fault: the compressed data is dam"));
}

TEST_F(Gzip, MoreTextThanAllowedIsRefusedCompressedOrNot) {
  const std::string text(3 << 20, 'a');
  constexpr std::size_t mebibyte = 1 << 20;
  EXPECT_EQ(read(text, 3 * mebibyte), text);
  EXPECT_EQ(read(compress(text), 3 * mebibyte), text);
  for (const auto& bytes : {text + "a", compress(text + "a")}) {
    EXPECT_EQ(read(bytes, 3 * mebibyte), "fault: the text is longer than 3 MiB; split it");
  }
}

TEST_F(Gzip, AFileThatCannotBeReadIsTold) {
  const auto missing = read_gzip(path_ + "-missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "the file cannot be read: No such file or directory");
  const auto folder = read_gzip(std::filesystem::temp_directory_path().string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error(), "the file cannot be read: Is a directory");
}

}  // namespace
}  // namespace scalehook::simulate
