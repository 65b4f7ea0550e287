// Answers as users of the Prometheus family know them.
#pragma once

#include <string>
#include <string_view>

#include "core/http/server.hpp"

namespace scalehook::api {

// {"status":"error","error":…,"where":…}; `where` is left out if empty.
http::Response error(unsigned status, std::string_view message, std::string_view where = {});

// One line of text.
http::Response text(unsigned status, std::string_view line);

}  // namespace scalehook::api
