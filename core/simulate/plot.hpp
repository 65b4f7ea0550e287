// A simulation as a picture.
#pragma once

#include <string>

#include "core/simulate/report.hpp"

namespace scalehook::simulate {

// A whole SVG file that needs nothing else; times are UTC. The timeline has kept all it can.
//
// Of a recording: what each alert compares, with its threshold, and below it the replicas as steps,
// behind both when alerts were pending and when they fired. Of a load: the load, what the ready
// replicas could serve, and where that was too little; below it the counts, also of the rivals, and
// when alerts fired.
std::string plot(const Report& report);

}  // namespace scalehook::simulate
