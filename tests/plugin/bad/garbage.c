/* Answers what makes no sense: the target's field "answer" says what. */
#include <scalehook/plugin.h>
#include <string.h>

static bool text(scalehook_call* call, uint32_t field, const char* value, size_t size) {
  const scalehook_text given = {value, size};
  return call->api->set_text(call, field, given);
}

static scalehook_status answer(scalehook_instance* instance, scalehook_call* call,
                               const scalehook_target* target) {
  static char long_text[100000];
  const scalehook_text what = target->fields[0].value;
  (void)instance;
  memset(long_text, 'x', sizeof(long_text));
#define ASKED(name) (what.size == sizeof(name) - 1 && memcmp(what.data, name, what.size) == 0)
  if (ASKED("nothing")) return SCALEHOOK_OK;
  if (ASKED("negative")) call->api->set_integer(call, SCALEHOOK_REPLICAS, -3);
  if (ASKED("negative")) return SCALEHOOK_OK;
  if (ASKED("too-many")) call->api->set_integer(call, SCALEHOOK_REPLICAS, INT64_MAX);
  call->api->set_integer(call, SCALEHOOK_REPLICAS, 2);
  if (ASKED("status")) return 99;
  if (ASKED("negative-status")) return -1;
  if (ASKED("ready")) call->api->set_integer(call, SCALEHOOK_READY, -1);
  if (ASKED("max")) call->api->set_integer(call, SCALEHOOK_MAX_REPLICAS, -1);
  if (ASKED("hold")) text(call, SCALEHOOK_HOLD, "sideways", 8);
  if (ASKED("long-version")) text(call, SCALEHOOK_VERSION, long_text, sizeof(long_text));
  if (ASKED("version-bytes")) text(call, SCALEHOOK_VERSION, "\xc3\x28", 2);
  if (ASKED("uid-control")) text(call, SCALEHOOK_UID, "a\nb", 3);
  if (ASKED("code")) text(call, SCALEHOOK_CODE, "no code at all", 14);
  if (ASKED("retry-after")) call->api->set_integer(call, SCALEHOOK_RETRY_AFTER_MS, -5);
  if (ASKED("long-explanation")) text(call, SCALEHOOK_EXPLANATION, long_text, sizeof(long_text));
  if (ASKED("explanation-bytes"))
    text(call, SCALEHOOK_EXPLANATION,
         "a\tb\xff"
         "c",
         5);
  /* Unknown fields are from the future: refused, and no fault. */
  if (ASKED("unknown-field") && call->api->set_integer(call, 4711, 1)) return SCALEHOOK_FAILED;
  return SCALEHOOK_OK;
}

#define READ answer
#define TARGET_SCHEMA                                                       \
  TEXT(                                                                     \
      "{\"type\": \"object\", \"required\": [\"answer\"], \"properties\": " \
      "{\"answer\": {\"type\": \"string\"}}}")
#include "table.h"
