#include "core/journal/body.hpp"

#include <lz4frame.h>

#include <memory>
#include <stdexcept>

namespace scalehook::journal {
namespace {

constexpr std::string_view frame_begin = "\x04\x22\x4D\x18";  // no JSON begins so

constexpr std::size_t most_unpacked = std::size_t{64} * 1024 * 1024;

struct Free {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

}  // namespace

std::string packed(std::string_view body) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentSize = body.size();
  preferences.autoFlush = 1;
  std::string frame(LZ4F_compressFrameBound(body.size(), &preferences), '\0');
  const std::size_t size =
      LZ4F_compressFrame(frame.data(), frame.size(), body.data(), body.size(), &preferences);
  if (LZ4F_isError(size) != 0) throw std::runtime_error(LZ4F_getErrorName(size));
  frame.resize(size);
  return frame;
}

std::optional<std::string> unpacked(std::string stored) {
  if (!stored.starts_with(frame_begin)) return stored;
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0)
    throw std::bad_alloc();
  const std::unique_ptr<LZ4F_dctx, Free> context(made);

  LZ4F_frameInfo_t info{};
  std::size_t taken = stored.size();
  std::size_t hint = LZ4F_getFrameInfo(context.get(), &info, stored.data(), &taken);
  if (LZ4F_isError(hint) != 0) return std::nullopt;
  if (info.contentSize > most_unpacked) return std::nullopt;  // none was accepted
  std::string body(info.contentSize, '\0');
  std::size_t filled = 0;
  std::string_view rest = std::string_view(stored).substr(taken);
  while (hint != 0 && !rest.empty()) {
    std::size_t room = body.size() - filled;
    taken = rest.size();
    hint =
        LZ4F_decompress(context.get(), body.data() + filled, &room, rest.data(), &taken, nullptr);
    if (LZ4F_isError(hint) != 0 || (room == 0 && taken == 0)) return std::nullopt;
    filled += room;
    rest.remove_prefix(taken);
  }
  if (hint != 0 || filled != body.size()) return std::nullopt;
  return body;
}

}  // namespace scalehook::journal
