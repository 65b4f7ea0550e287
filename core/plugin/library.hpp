// A plugin's shared object, checked and loaded.
#pragma once

#include <scalehook/plugin.h>

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/schema.hpp"

namespace scalehook::plugin {

// Loaded once and never unloaded. Immutable; may be shared by threads.
struct Library {
  std::string path;  // absolute, links resolved
  std::string name;
  std::string version;
  const scalehook_plugin* table{};  // static storage of the plugin
  Schema settings;
  Schema target;                // of scalers; a notifier's has no properties
  std::uint64_t fingerprint{};  // of the file when it was loaded: inode, size, time
};

// Checks the file before it is loaded (absolute path, regular file, owned by root or this user, not
// writable by group or others, not in a world-writable folder without sticky bit, ELF of this
// machine that exports scalehook_plugin_v1) and the table after (magic, sizes, versions, name,
// schemas, a scaler or a notifier with their functions). The refusal names path, fact and remedy.
// Loading one file twice, by whatever path, returns the same library. Any thread; one at a time.
boost::system::result<std::shared_ptr<const Library>, std::string> load(const std::string& path);

// Has the file been replaced since it was loaded? The new one takes effect at restart only: dlopen
// gives the old one until then.
bool is_replaced(const Library& library);

// All plugins of the folders: *.so in order of name; of two with one name the first wins, and the
// second is a refusal. A missing folder is a refusal.
struct Catalog {
  std::vector<std::shared_ptr<const Library>> libraries;
  std::vector<std::string> refusals;

  std::shared_ptr<const Library> find(const std::string& name) const;  // null if there is none
};
Catalog load_all(const std::vector<std::string>& directories);

}  // namespace scalehook::plugin
