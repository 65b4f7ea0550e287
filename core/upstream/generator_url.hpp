// Where an alert says that it comes from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::upstream {

// The expression in an alert's generatorURL ("http://host/graph?g0.expr=app_x+%3E+30&g0.tab=1").
// Nothing if there is none. Of the URL only the expression is ever used, never the host. Pure; any
// thread.
std::optional<std::string> from_generator_url(std::string_view url);

}  // namespace scalehook::upstream
