// A notification's body as it lies in the file: an LZ4 frame, which the lz4 program reads too.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::journal {

// Alerts of one notification repeat most of each other's labels, so little is left of them; and
// what is not written need not be synced.
std::string packed(std::string_view body);

// The same backwards. What is no frame is as it was sent: older versions kept it so. None if a
// frame is damaged.
std::optional<std::string> unpacked(std::string stored);

}  // namespace scalehook::journal
