// Findings in words and as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "core/lint/finding.hpp"

namespace scalehook::lint {

// "FILE:LINE:COLUMN: error: MESSAGE. REMEDY [CODE]", and what the remedy says in further lines
// indented below.
std::string to_text(const std::string& file, const Finding& finding);

// {file, line, column, severity, code, message, remedy}
boost::json::object to_json(const std::string& file, const Finding& finding);

}  // namespace scalehook::lint
