// Whether a file may be loaded at all: loading a shared object is running it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::plugin {

// "PATH: FACT; REMEDY", the form of every refusal.
std::string refusal(const std::string& path, std::string_view fact, std::string_view remedy);

// All that library.hpp promises before dlopen: a refusal, or nothing.
std::optional<std::string> check_file(const std::string& path);

}  // namespace scalehook::plugin
