/* Its read ends only when it is cancelled; its write not even then, but when the descriptor of the
 * setting "release" becomes readable. Both, and destroy, say that they began by a byte to the
 * setting "began". */
#include <errno.h>
#include <poll.h>
#include <scalehook/plugin.h>
#include <stdlib.h>
#include <unistd.h>

#include "descriptors.h"

struct descriptors {
  int began;
  int release;
};

static scalehook_status create(const scalehook_host* host, scalehook_call* call,
                               scalehook_instance** out) {
  struct descriptors* made = malloc(sizeof(*made));
  (void)call;
  if (made == NULL) return SCALEHOOK_FAILED;
  made->began = setting(host, "/began", 6);
  made->release = setting(host, "/release", 8);
  *out = (scalehook_instance*)made;
  return SCALEHOOK_OK;
}

static void wait_for(int descriptor) {
  struct pollfd one = {descriptor, POLLIN, 0};
  while (poll(&one, 1, -1) < 0 && errno == EINTR) {
  }
}

static scalehook_status begin(const scalehook_instance* instance) {
  const ssize_t written = write(((const struct descriptors*)instance)->began, "!", 1);
  return written == 1 ? SCALEHOOK_OK : SCALEHOOK_FAILED;
}

static void destroy(scalehook_instance* instance) {
  (void)begin(instance);
  free(instance);
}

static scalehook_status hang(scalehook_instance* instance, scalehook_call* call,
                             const scalehook_target* target) {
  (void)target;
  if (begin(instance) != SCALEHOOK_OK) return SCALEHOOK_FAILED;
  wait_for(call->api->cancel_fd(call));
  return call->api->cancelled(call) ? SCALEHOOK_CANCELLED : SCALEHOOK_FAILED;
}

static scalehook_status hang_on(scalehook_instance* instance, scalehook_call* call,
                                const scalehook_target* target, int64_t replicas,
                                scalehook_text version, bool dry_run) {
  (void)call;
  (void)target;
  (void)replicas;
  (void)version;
  (void)dry_run;
  if (begin(instance) != SCALEHOOK_OK) return SCALEHOOK_FAILED;
  wait_for(((const struct descriptors*)instance)->release);
  return SCALEHOOK_OK;
}

#define CREATE create
#define DESTROY destroy
#define READ hang
#define WRITE hang_on
#include "table.h"
