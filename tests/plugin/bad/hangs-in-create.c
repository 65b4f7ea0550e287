/* Its create ends only when it is cancelled; with the setting "release" not even then, but when
 * that descriptor becomes readable: it then gives an instance after all, whose destroy says so by a
 * byte to the setting "destroyed". */
#include <errno.h>
#include <poll.h>
#include <scalehook/plugin.h>
#include <stdlib.h>
#include <unistd.h>

static int setting(const scalehook_host* host, const char* pointer, size_t size) {
  const scalehook_text at = {pointer, size};
  scalehook_value value;
  return host->api->setting(host, at, &value) ? (int)value.integer : -1;
}

static void wait_for(int descriptor) {
  struct pollfd one = {descriptor, POLLIN, 0};
  while (poll(&one, 1, -1) < 0 && errno == EINTR) {
  }
}

static scalehook_status create(const scalehook_host* host, scalehook_call* call,
                               scalehook_instance** out) {
  const int release = setting(host, "/release", 8);
  int* destroyed = NULL;
  if (release < 0) {
    const scalehook_text why = {"still asking for a licence", 26};
    wait_for(call->api->cancel_fd(call));
    call->api->set_text(call, SCALEHOOK_EXPLANATION, why);
    return SCALEHOOK_CANCELLED;
  }
  wait_for(release);
  destroyed = malloc(sizeof(*destroyed));
  if (destroyed == NULL) return SCALEHOOK_FAILED;
  *destroyed = setting(host, "/destroyed", 10);
  *out = (scalehook_instance*)destroyed;
  return SCALEHOOK_OK;
}

static void destroy(scalehook_instance* instance) {
  const int destroyed = *(int*)instance;
  free(instance);
  if (write(destroyed, "!", 1) != 1) abort();
}

#define CREATE create
#define DESTROY destroy
#define SETTINGS_SCHEMA                                                               \
  TEXT(                                                                               \
      "{\"type\": \"object\", \"properties\": {\"release\": {\"type\": \"integer\"}," \
      " \"destroyed\": {\"type\": \"integer\"}}}")
#include "table.h"
