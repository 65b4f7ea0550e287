// A verdict as JSON.
#pragma once

#include <boost/json/object.hpp>

#include "core/simulate/verdict.hpp"

namespace scalehook::simulate {

// {violation_minutes, unserved_share, replica_minutes, changes, flaps, reaction_seconds:
// {mean, max}}
boost::json::object as_json(const Verdict& verdict);

}  // namespace scalehook::simulate
