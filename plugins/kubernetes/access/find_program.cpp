#include "plugins/kubernetes/access/find_program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace scalehook::kubernetes {

std::filesystem::path find_program(const std::string& name) {
  const auto runs = [](const std::filesystem::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    return std::filesystem::path{runs(name) ? name : std::string{}};
  }
  const char* const path = std::getenv("PATH");
  const std::string_view folders = path ? path : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const std::filesystem::path folder{folders.substr(begin, end - begin)};
    begin = end + 1;
    // As Go: never a program of wherever the process happens to be.
    if (folder.is_absolute() && runs(folder / name)) return folder / name;
  }
  return {};
}

}  // namespace scalehook::kubernetes
