// Lets exceptions out of every call, and one that is no std::exception out of notify.
#include <scalehook/plugin.h>

#include <stdexcept>

namespace {
scalehook_status read(scalehook_instance*, scalehook_call*, const scalehook_target*) {
  throw std::out_of_range("vector::at");
}
scalehook_status write(scalehook_instance*, scalehook_call*, const scalehook_target*, int64_t,
                       scalehook_text, bool) {
  throw std::runtime_error("bad\nline \xff");
}
scalehook_status notify(scalehook_instance*, scalehook_call*, scalehook_text) { throw 42; }
void destroy(scalehook_instance*) { throw std::logic_error("cannot let go"); }
}  // namespace

#define READ read
#define WRITE write
#define NOTIFY notify
#define DESTROY destroy
#include "table.h"
