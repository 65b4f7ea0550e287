/* Its create says ok and gives nothing. */
#include <scalehook/plugin.h>

static scalehook_status create(const scalehook_host* host, scalehook_call* call,
                               scalehook_instance** out) {
  (void)host;
  (void)call;
  (void)out;
  return SCALEHOOK_OK;
}

#define CREATE create
#include "table.h"
