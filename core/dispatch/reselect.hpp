// What new rules make of what a target remembers.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "core/config/config.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/memory.hpp"

namespace scalehook::dispatch {

// After a reload, and at a start, for the rules may have changed while we were down: drops what
// would not come to the same claim of the target any more if it were notified now, and gives the
// rest its rule's present behavior. Gives the rules that lost something. Pure.
//
// What only a notification can tell, for it alone has `value` and annotations, is taken to be as it
// was.
std::set<std::string> reselect(const std::shared_ptr<const config::Config>& config,
                               const rules::Target& target, scaling::Memory& memory);

}  // namespace scalehook::dispatch
