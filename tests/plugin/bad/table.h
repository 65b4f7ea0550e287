/* A scaler and notifier that is right in everything. A bad plugin defines what it has wrong, and
 * then includes this. Functions are given as whole names, texts as literals. */
#include <scalehook/plugin.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }

#ifndef MAGIC
#define MAGIC SCALEHOOK_MAGIC
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(scalehook_plugin)
#endif
#ifndef API_VERSION
#define API_VERSION SCALEHOOK_API_VERSION
#endif
#ifndef MIN_API_VERSION
#define MIN_API_VERSION (UINT32_C(1) << 16)
#endif
#ifndef NAME
#define NAME TEXT("bad")
#endif
#ifndef VERSION
#define VERSION TEXT("1.0.0")
#endif
#ifndef SETTINGS_SCHEMA
#define SETTINGS_SCHEMA TEXT("{\"type\": \"object\"}")
#endif
#ifndef TARGET_SCHEMA
#define TARGET_SCHEMA TEXT("{\"type\": \"object\", \"additionalProperties\": false}")
#endif
#ifndef MAX_CONCURRENCY
#define MAX_CONCURRENCY 1
#endif
#ifndef RESERVED
#define RESERVED 0
#endif
#ifndef CREATE
#define CREATE right_create
#endif
#ifndef DESTROY
#define DESTROY right_destroy
#endif
#ifndef READ
#define READ right_read
#endif
#ifndef WRITE
#define WRITE right_write
#endif
#ifndef NOTIFY
#define NOTIFY right_notify
#endif
#ifndef SCALER
#define SCALER &the_scaler
#endif
#ifndef SCALER_SIZE
#define SCALER_SIZE sizeof(scalehook_scaler)
#endif
#ifndef SCALER_RESERVED
#define SCALER_RESERVED 0
#endif
#ifndef NOTIFIER
#define NOTIFIER &the_notifier
#endif
#ifndef NOTIFIER_SIZE
#define NOTIFIER_SIZE sizeof(scalehook_notifier)
#endif
#ifndef SUBSCRIBES
#define SUBSCRIBES SCALEHOOK_DECISIONS
#endif
#ifndef TABLE
#define TABLE &the_plugin
#endif
#ifndef ENTRY
#define ENTRY scalehook_plugin_v1
#endif

#define MAYBE_UNUSED __attribute__((unused))

MAYBE_UNUSED static scalehook_status right_create(const scalehook_host* host, scalehook_call* call,
                                                  scalehook_instance** out) {
  static char nothing;
  (void)host;
  (void)call;
  *out = (scalehook_instance*)&nothing;
  return SCALEHOOK_OK;
}

MAYBE_UNUSED static void right_destroy(scalehook_instance* instance) { (void)instance; }

MAYBE_UNUSED static scalehook_status right_read(scalehook_instance* instance, scalehook_call* call,
                                                const scalehook_target* target) {
  (void)instance;
  (void)target;
  call->api->set_integer(call, SCALEHOOK_REPLICAS, 1);
  return SCALEHOOK_OK;
}

MAYBE_UNUSED static scalehook_status right_write(scalehook_instance* instance, scalehook_call* call,
                                                 const scalehook_target* target, int64_t replicas,
                                                 scalehook_text version, bool dry_run) {
  (void)instance;
  (void)call;
  (void)target;
  (void)replicas;
  (void)version;
  (void)dry_run;
  return SCALEHOOK_OK;
}

MAYBE_UNUSED static scalehook_status right_notify(scalehook_instance* instance,
                                                  scalehook_call* call, scalehook_text event) {
  (void)instance;
  (void)call;
  (void)event;
  return SCALEHOOK_OK;
}

MAYBE_UNUSED static const scalehook_scaler the_scaler = {SCALER_SIZE, SCALER_RESERVED,
                                                         TARGET_SCHEMA, READ, WRITE};
MAYBE_UNUSED static const scalehook_notifier the_notifier = {NOTIFIER_SIZE, SUBSCRIBES, NOTIFY,
                                                             NULL};
MAYBE_UNUSED static const scalehook_plugin the_plugin = {
    MAGIC,           STRUCT_SIZE, API_VERSION, MIN_API_VERSION, NAME, VERSION, SETTINGS_SCHEMA,
    MAX_CONCURRENCY, RESERVED,    CREATE,      DESTROY,         NULL, SCALER,  NOTIFIER,
};

#ifdef __cplusplus
extern "C"
#endif
    SCALEHOOK_EXPORT const scalehook_plugin*
    ENTRY(void) {
  return TABLE;
}
