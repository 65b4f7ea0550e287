// Files that may be compressed.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>

namespace scalehook::simulate {

// What the file holds, decompressed if it begins with gzip's magic bytes 1f 8b (RFC 1952; several
// members in a row are one text, as for gunzip). On failure one sentence without the path: the file
// cannot be read, its compressed data is damaged or ends too early, or its text is longer than
// `most` bytes, which holds for a plain file too.
boost::system::result<std::string, std::string> read_gzip(const std::string& path,
                                                          std::size_t most = std::size_t{1} << 30);

}  // namespace scalehook::simulate
