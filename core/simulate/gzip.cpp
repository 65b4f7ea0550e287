#include "core/simulate/gzip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace scalehook::simulate {
namespace {

using Result = boost::system::result<std::string, std::string>;

constexpr std::size_t chunk_size = std::size_t{1} << 16;
using Chunk = std::array<char, chunk_size>;

Result fault(std::string sentence) { return {boost::system::in_place_error, std::move(sentence)}; }

// Takes compressed text piece by piece.
class Decompressor {
 public:
  explicit Decompressor(std::size_t most) : most_{most} {
    constexpr int gzip_only = 16 + MAX_WBITS;
    is_ready_ = inflateInit2(&stream_, gzip_only) == Z_OK;
  }
  ~Decompressor() {
    if (is_ready_) inflateEnd(&stream_);
  }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // None of them: all is well.
  enum class Fault { none, damaged, too_long, no_memory };

  Fault take(char* bytes, std::size_t size) {
    if (!is_ready_) return Fault::no_memory;
    stream_.next_in = reinterpret_cast<Bytef*>(bytes);
    stream_.avail_in = static_cast<uInt>(size);
    // Also while the output was full, because more of it may be waiting inside.
    while (stream_.avail_in > 0 || stream_.avail_out == 0) {
      if (is_complete_) {
        if (stream_.avail_in == 0) break;
        if (inflateReset(&stream_) != Z_OK) return Fault::damaged;
        is_complete_ = false;
      }
      Chunk chunk;
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream_.avail_out = static_cast<uInt>(chunk.size());
      const int code = inflate(&stream_, Z_NO_FLUSH);
      if (code == Z_MEM_ERROR) return Fault::no_memory;
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Fault::damaged;
      is_complete_ = code == Z_STREAM_END;
      const std::size_t made = chunk.size() - stream_.avail_out;
      if (made > most_ - text_.size()) return Fault::too_long;
      text_.append(chunk.data(), made);
    }
    return Fault::none;
  }

  bool is_complete() const { return is_complete_; }
  std::string& text() { return text_; }

 private:
  std::size_t most_;
  z_stream stream_{};
  bool is_ready_ = false;
  bool is_complete_ = false;  // a member has ended, and no other has begun
  std::string text_;
};

std::string too_long(std::size_t most) {
  return fmt::format("the text is longer than {} MiB; split it", most >> 20);
}

}  // namespace

Result read_gzip(const std::string& path, std::size_t most) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  const auto unreadable = [] {
    return fault(std::string{"the file cannot be read: "} + std::strerror(errno));
  };
  if (!file) return unreadable();
  std::string plain;
  Decompressor compressed{most};
  bool is_first = true;
  bool is_compressed = false;
  for (Chunk chunk;;) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto size = static_cast<std::size_t>(file.gcount());
    if (file.bad()) return unreadable();
    if (std::exchange(is_first, false)) {
      is_compressed = size >= 2 && chunk[0] == '\x1f' && chunk[1] == '\x8b';
    }
    if (is_compressed) {
      switch (compressed.take(chunk.data(), size)) {
        case Decompressor::Fault::none:
          break;
        case Decompressor::Fault::damaged:
          return fault("the compressed data is damaged; `gzip -t` says the same");
        case Decompressor::Fault::too_long:
          return fault(too_long(most));
        case Decompressor::Fault::no_memory:
          return fault("there is no memory to decompress it");
      }
    } else {
      if (size > most - plain.size()) return fault(too_long(most));
      plain.append(chunk.data(), size);
    }
    if (!file) break;
  }
  if (!is_compressed) return {boost::system::in_place_value, std::move(plain)};
  if (!compressed.is_complete()) {
    return fault("the compressed data ends too early; the file was not copied or written whole");
  }
  return {boost::system::in_place_value, std::move(compressed.text())};
}

}  // namespace scalehook::simulate
