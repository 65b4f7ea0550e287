// What a shared object exports, read from the file and not by loading it: loading runs its code.
#pragma once

#include <boost/system/result.hpp>
#include <filesystem>
#include <set>
#include <string>

namespace scalehook::plugin {

// The symbols that the ELF file's dynamic symbol table defines. The failure is a phrase that
// follows the file's name ("is truncated: …") if it is no complete 64-bit shared object of this
// machine.
boost::system::result<std::set<std::string>, std::string> exported_symbols(
    const std::filesystem::path& file);

}  // namespace scalehook::plugin
