#include "core/plugin/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "core/plugin/file.hpp"
#include "core/plugin/table.hpp"
#include "core/plugin/text.hpp"

namespace scalehook::plugin {
namespace {

namespace fs = std::filesystem;

constexpr const char* symbol = "scalehook_plugin_v1";

std::uint64_t fingerprint(const fs::path& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return 0;
  const std::hash<std::string> hash;
  return hash(fmt::format("{} {} {} {}.{}", found.st_dev, found.st_ino, found.st_size,
                          found.st_mtim.tv_sec, found.st_mtim.tv_nsec));
}

// What was ever loaded, by real path. `mutex` guards both maps and keeps loading to one at a time.
struct Registry {
  std::mutex mutex;
  std::map<fs::path, std::shared_ptr<const Library>> libraries;
  std::map<fs::path, boost::dll::shared_library> handles;  // the refused ones too
};

// Never destroyed: that would unload, and a plugin's thread may still run at exit.
Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

boost::system::result<std::shared_ptr<Library>, std::string> open(const std::string& path,
                                                                  const fs::path& real,
                                                                  Registry& known) {
  boost::dll::shared_library& handle = known.handles[real];
  if (!handle.is_loaded()) {
    boost::dll::fs::error_code error;
    handle.load(real, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, error);
    if (error) {
      // Boost.DLL keeps the code only; the loader's own sentence names the symbol or library.
      const char* const reason = dlerror();
      return refusal(path,
                     fmt::format("cannot be loaded: {}",
                                 cleaned(reason == nullptr ? error.message() : reason, 1024)),
                     "install the library it needs, or build it again for this system");
    }
  }
  try {
    return check_table(path, handle.get<const scalehook_plugin*()>(symbol)());
  } catch (const std::exception& fault) {
    return refusal(path, fmt::format("{} threw: {}", symbol, cleaned(fault.what(), 1024)),
                   "this is for the plugin's author to mend");
  } catch (...) {
    return refusal(path, fmt::format("{} threw", symbol),
                   "this is for the plugin's author to mend");
  }
}

}  // namespace

boost::system::result<std::shared_ptr<const Library>, std::string> load(const std::string& path) {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  std::error_code error;
  const fs::path real = fs::path(path).is_absolute() ? fs::canonical(path, error) : fs::path();
  // What is loaded stays: a file that was replaced since is judged at the next start.
  const auto loaded = known.libraries.find(real);
  if (!error && loaded != known.libraries.end()) return loaded->second;

  if (auto fault = check_file(path)) return *fault;
  const std::uint64_t before = fingerprint(real);
  auto opened = open(path, real, known);
  if (!opened) return opened.error();
  (*opened)->path = real;
  (*opened)->fingerprint = before;
  return known.libraries[real] = std::move(*opened);
}

bool is_replaced(const Library& library) {
  return fingerprint(library.path) != library.fingerprint;
}

std::shared_ptr<const Library> Catalog::find(const std::string& name) const {
  const auto found =
      std::ranges::find(libraries, name, [](const auto& each) { return each->name; });
  return found == libraries.end() ? nullptr : *found;
}

Catalog load_all(const std::vector<std::string>& directories) {
  Catalog catalog;
  for (const std::string& directory : directories) {
    if (!fs::path(directory).is_absolute()) {
      catalog.refusals.push_back(
          refusal(directory, "is not an absolute path",
                  "write it from the root, as in /usr/lib/scalehook/plugins"));
      continue;
    }
    std::error_code error;
    std::vector<std::string> paths;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".so") paths.push_back(entry->path());
    }
    if (error) {
      catalog.refusals.push_back(refusal(directory, "cannot be read: " + error.message(),
                                         "create it, or remove it from plugins.directories"));
      continue;
    }
    std::ranges::sort(paths);
    for (const std::string& path : paths) {
      auto library = load(path);
      if (!library) {
        catalog.refusals.push_back(library.error());
      } else if (const auto first = catalog.find((*library)->name)) {
        if (first == *library) continue;  // one file by two paths
        catalog.refusals.push_back(refusal(
            path, fmt::format("is named {}, as is {}, which is taken", first->name, first->path),
            "remove one of the two"));
      } else {
        catalog.libraries.push_back(std::move(*library));
      }
    }
  }
  return catalog;
}

}  // namespace scalehook::plugin
