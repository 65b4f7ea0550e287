#include "core/simulate/verdict_json.hpp"

#include <boost/json.hpp>

namespace scalehook::simulate {

boost::json::object as_json(const Verdict& verdict) {
  return {{"violation_minutes", verdict.violation_minutes},
          {"unserved_share", verdict.unserved_share},
          {"replica_minutes", verdict.replica_minutes},
          {"changes", verdict.changes},
          {"flaps", verdict.flaps},
          {"reaction_seconds",
           {{"mean", verdict.reaction_seconds.mean}, {"max", verdict.reaction_seconds.max}}}};
}

}  // namespace scalehook::simulate
