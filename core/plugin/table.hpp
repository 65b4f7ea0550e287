// The table that a loaded plugin hands over: untrusted until checked.
#pragma once

#include <scalehook/plugin.h>

#include <boost/system/result.hpp>
#include <memory>
#include <string>

#include "core/plugin/library.hpp"

namespace scalehook::plugin {

// All that library.hpp promises after dlopen; `path` is for the refusal.
boost::system::result<std::shared_ptr<Library>, std::string> check_table(
    const std::string& path, const scalehook_plugin* table);

}  // namespace scalehook::plugin
