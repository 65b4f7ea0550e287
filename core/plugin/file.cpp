#include "core/plugin/file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/plugin/elf.hpp"

namespace scalehook::plugin {
namespace {

namespace fs = std::filesystem;

std::optional<struct stat> look(const fs::path& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return std::nullopt;
  return found;
}

std::string_view kind(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

// Whoever can write the file, or put another in its place, runs code as this daemon.
std::optional<std::string> check_rights(const std::string& path, const struct stat& file) {
  const uid_t self = geteuid();
  if (file.st_uid != 0 && file.st_uid != self) {
    return refusal(path,
                   fmt::format("belongs to user {}, neither to root nor to the daemon's user {}",
                               file.st_uid, self),
                   fmt::format("run: chown root {}", path));
  }
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refusal(path,
                   fmt::format("is writable by {} (mode {:04o})",
                               (file.st_mode & S_IWOTH) != 0 ? "everyone" : "its group",
                               file.st_mode & 07777U),
                   fmt::format("run: chmod go-w {}", path));
  }
  return std::nullopt;
}

std::optional<std::string> check_folder(const std::string& path, const fs::path& folder) {
  const auto found = look(folder);
  if (!found || (found->st_mode & S_IWOTH) == 0 || (found->st_mode & S_ISVTX) != 0) {
    return std::nullopt;
  }
  return refusal(path,
                 fmt::format("lies in {}, where everyone may replace it (mode {:04o})",
                             folder.string(), found->st_mode & 07777U),
                 fmt::format("run: chmod o-w {}", folder.string()));
}

}  // namespace

std::string refusal(const std::string& path, std::string_view fact, std::string_view remedy) {
  return fmt::format("{}: {}; {}", path, fact, remedy);
}

std::optional<std::string> check_file(const std::string& path) {
  if (!fs::path(path).is_absolute()) {
    return refusal(path, "is not an absolute path",
                   "write it from the root, as in /usr/lib/scalehook/plugins/log.so");
  }
  const auto found = look(path);
  if (!found) {
    const int error = errno;
    return refusal(path, error == ENOENT ? "does not exist" : std::strerror(error),
                   "check the spelling, and that this user may read the folders above it");
  }
  if (!S_ISREG(found->st_mode)) {
    return refusal(path, fmt::format("is {}, not a file", kind(found->st_mode)),
                   "name a plugin's shared object (.so)");
  }
  if (auto fault = check_rights(path, *found)) return fault;
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return refusal(path, error.message(), "check the link");
  // Both: the folder of a link decides where it leads.
  for (const fs::path& folder : {fs::path(path).parent_path(), real.parent_path()}) {
    if (auto fault = check_folder(path, folder)) return fault;
  }
  if (access(real.c_str(), R_OK) != 0) {
    return refusal(path, "cannot be read by this user", fmt::format("run: chmod a+r {}", path));
  }
  const auto symbols = exported_symbols(real);
  if (!symbols) {
    return refusal(path, symbols.error(), "build it for this machine and copy it again, whole");
  }
  if (!symbols->contains("scalehook_plugin_v1")) {
    return refusal(path, "does not export scalehook_plugin_v1, so it is no scalehook plugin",
                   "end its source with SCALEHOOK_PLUGIN(…), or remove the file from the folder");
  }
  return std::nullopt;
}

}  // namespace scalehook::plugin
