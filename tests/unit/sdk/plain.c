/* A notifier in plain C, or in any C++: what plugin.h alone is good for. Built by test_compile.py.
 */
#include <scalehook/plugin.h>

#ifdef __cplusplus
#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#else
#define TEXT(literal) \
  { .data = literal, .size = sizeof(literal) - 1 }
#endif

static int the_only_one;

static scalehook_status create(const scalehook_host* host, scalehook_call* call,
                               scalehook_instance** out) {
  const scalehook_text missing = TEXT("no setting /greeting");
  const scalehook_text pointer = TEXT("/greeting");
  scalehook_value greeting;
  if (!SCALEHOOK_HAS(host->api, setting) || !host->api->setting(host, pointer, &greeting)) {
    call->api->set_text(call, SCALEHOOK_EXPLANATION, missing);
    return SCALEHOOK_INVALID;
  }
  host->api->log(host, SCALEHOOK_INFO, greeting.text);
  *out = (scalehook_instance*)&the_only_one;
  return SCALEHOOK_OK;
}

static void destroy(scalehook_instance* instance) { (void)instance; }

static scalehook_status notify(scalehook_instance* instance, scalehook_call* call,
                               scalehook_text event) {
  (void)instance;
  if (call->api->cancelled(call)) return SCALEHOOK_CANCELLED;
  return event.size > 0 ? SCALEHOOK_OK : SCALEHOOK_FAILED;
}

static const scalehook_notifier notifier = {sizeof(scalehook_notifier), SCALEHOOK_DECISIONS, notify,
                                            NULL};

static const scalehook_plugin plugin = {SCALEHOOK_MAGIC,
                                        sizeof(scalehook_plugin),
                                        SCALEHOOK_API_VERSION,
                                        SCALEHOOK_API_VERSION,
                                        TEXT("plain"),
                                        TEXT("1.0.0"),
                                        TEXT("{}"),
                                        0,
                                        0,
                                        create,
                                        destroy,
                                        NULL,
                                        NULL,
                                        &notifier};

const scalehook_plugin* scalehook_plugin_v1(void) { return &plugin; }
