// Throws where the host asks for its table.
#include <scalehook/plugin.h>

#include <stdexcept>

namespace {
const scalehook_plugin* thrown() { throw std::runtime_error("no table today"); }
}  // namespace

#define TABLE thrown()
#include "table.h"
