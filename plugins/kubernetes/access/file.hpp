// Small text files: kubeconfigs, tokens, certificates.
#pragma once

#include <filesystem>
#include <scalehook/plugin.hpp>
#include <string>

namespace scalehook::kubernetes {

// The whole of a regular file of at most 1 MiB; links are followed. The explanation of a failure is
// the reason without the path: "No such file or directory", "it is a directory", … Any thread.
outcome<std::string> read_file(const std::filesystem::path& path);

}  // namespace scalehook::kubernetes
