// Lets an exception out of create.
#include <scalehook/plugin.h>

#include <stdexcept>

namespace {
scalehook_status create(const scalehook_host*, scalehook_call*, scalehook_instance**) {
  throw std::runtime_error("cannot parse the port");
}
}  // namespace

#define CREATE create
#include "table.h"
