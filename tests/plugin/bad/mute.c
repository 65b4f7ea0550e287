/* Two calls run at once. A read of a target with a name says that it began by a byte to the setting
 * "began", and ends when it is cancelled or when it takes a byte from the setting "release". One of
 * a target without ends at once. */
#include <poll.h>
#include <scalehook/plugin.h>
#include <unistd.h>

#include "descriptors.h"

static int began = -1;
static int release = -1;

static scalehook_status create(const scalehook_host* host, scalehook_call* call,
                               scalehook_instance** out) {
  (void)call;
  began = setting(host, "/began", 6);
  release = setting(host, "/release", 8);
  *out = (scalehook_instance*)&began;
  return SCALEHOOK_OK;
}

static void destroy(scalehook_instance* instance) { (void)instance; }

static scalehook_status read_target(scalehook_instance* instance, scalehook_call* call,
                                    const scalehook_target* target) {
  struct pollfd events[2];
  char byte = '!';
  (void)instance;
  call->api->set_integer(call, SCALEHOOK_REPLICAS, 1);
  if (target->count == 0) return SCALEHOOK_OK;
  events[0].fd = call->api->cancel_fd(call);
  events[1].fd = release;
  events[0].events = events[1].events = POLLIN;
  if (write(began, &byte, 1) != 1) return SCALEHOOK_FAILED;
  while (poll(events, 2, -1) < 0) {
  }
  if (events[0].revents != 0) return SCALEHOOK_CANCELLED;
  return read(release, &byte, 1) == 1 ? SCALEHOOK_OK : SCALEHOOK_FAILED;
}

#define MAX_CONCURRENCY 2
#define CREATE create
#define DESTROY destroy
#define READ read_target
#define TARGET_SCHEMA \
  TEXT("{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\"}}}")
#include "table.h"
