// "${label}" in a rule's texts.
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/alert/alert.hpp"

namespace scalehook::rules {

// One sentence if the text is no template: a "${" without its "}", or a name that is no label name.
std::optional<std::string> check_template(std::string_view text);

// The names of the labels that the text asks for, in its order.
std::vector<std::string> placeholders(std::string_view text);

// Puts in the alert's label of that name, else its annotation; "$$" is a dollar sign. Fails with
// the name that the alert has neither as label nor as annotation (empty counts as absent, as in
// Prometheus). The text must have passed check_template.
boost::system::result<std::string, std::string> expand(std::string_view text,
                                                       const alert::Alert& alert);

}  // namespace scalehook::rules
