/* scalehook/plugin.h: the plugin interface, ABI 1.1. C11, or C++11 and later; LP64 Linux.
 *
 * A plugin is a shared object exporting one symbol, scalehook_plugin_v1. It offers a scaler, a
 * notifier, or both. C++ authors include plugin.hpp instead.
 *
 * Threads
 *   [any]   any thread, at any time between create's start and destroy's return.
 *   [call]  only during the call the handle was given to, by one thread at a time.
 *   [work]  called by the host on a worker thread; may block until the deadline; at most
 *           max_concurrency calls at once on one instance, one if 0. Calls on different
 *           instances overlap, create and destroy too.
 *
 * Memory
 *   Nothing is freed across the boundary. A text the plugin receives is borrowed until the call
 *   (for settings: the instance) ends; a text it passes is copied before return. Tables and their
 *   texts have static storage. Pointers are never NULL unless it is said.
 *
 * Growth
 *   Tables grow at their end only: ask SCALEHOOK_HAS first for what a later minor version added.
 *   scalehook_text, _value, _pair and _target never change. A host ignores what is behind the end
 *   of the tables it knows, answers false for a field it does not know, and reads an unknown status
 *   as FAILED. It refuses a plugin that sets a reserved member or an unknown flag: what these will
 *   mean in a later minor version asks for that min_api_version.
 *
 * JSON
 *   docs/plugins.md has the shapes of the event and of input's "decision", "rule" and "alerts".
 *   Members and their values are only added: ignore those that you do not know.
 *
 * Process
 *   A plugin never changes what belongs to the process: signal handlers, working directory, umask,
 *   locale, environment, stdio. It forks only to exec, and opens descriptors with O_CLOEXEC. No
 *   exception, longjmp or exit leaves a call. Threads it starts block all signals and are joined
 *   when destroy returns; only one in a call that nothing can stop (getaddrinfo) may outlive it, if
 *   it touches nothing but its own: a library is never unloaded. The host ignores SIGPIPE.
 */
#ifndef SCALEHOOK_PLUGIN_H
#define SCALEHOOK_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCALEHOOK_MAGIC UINT32_C(0x4b4f4853)                      /* "SHOK" */
#define SCALEHOOK_API_VERSION ((UINT32_C(1) << 16) | UINT32_C(1)) /* major.minor of this header */
#define SCALEHOOK_EXPORT __attribute__((visibility("default")))

/* Does the other side's table have this member, a pointer or function, and is it set? */
#define SCALEHOOK_HAS(table, member)                                                 \
  ((table)->struct_size >= offsetof(__typeof__(*(table)), member) + sizeof(void*) && \
   (table)->member)

typedef struct scalehook_instance scalehook_instance; /* the plugin's own */

/* UTF-8, not NUL-terminated. data == NULL means absent. Frozen. */
typedef struct scalehook_text {
  const char* data;
  size_t size;
} scalehook_text;

/* How a call ended. After anything but OK from write the host reads again before it writes again,
 * so a plugin need not know whether a request that timed out was applied. */
typedef int32_t scalehook_status;
enum {
  SCALEHOOK_OK = 0,
  SCALEHOOK_RETRY = 1,     /* a passing fault; RETRY_AFTER_MS is honoured */
  SCALEHOOK_FAILED = 2,    /* this will not get better by itself */
  SCALEHOOK_NOT_FOUND = 3, /* the target does not exist */
  SCALEHOOK_CONFLICT = 4,  /* the target is no longer at the expected version */
  SCALEHOOK_DENIED = 5,    /* credentials or rights */
  SCALEHOOK_INVALID = 6,   /* settings or target are wrong; the explanation names the key */
  SCALEHOOK_REFUSED = 7,   /* the target may not be scaled now; CODE says hpa-owns, zero, ... */
  SCALEHOOK_CANCELLED = 8  /* the host cancelled the call, and it ended early for that; it may be
                            * tried again later, as with RETRY */
};

/* One JSON value. Frozen. */
typedef struct scalehook_value {
  int32_t type;
  int32_t boolean;     /* BOOLEAN: 0 or 1 */
  int64_t integer;     /* INTEGER: a number without fraction that fits; all others are NUMBER */
  double number;       /* INTEGER and NUMBER: the nearest */
  scalehook_text text; /* STRING: its characters; all others: the JSON text */
} scalehook_value;
/* scalehook_value.type */
enum {
  SCALEHOOK_NULL = 0,
  SCALEHOOK_BOOLEAN = 1,
  SCALEHOOK_INTEGER = 2,
  SCALEHOOK_NUMBER = 3,
  SCALEHOOK_STRING = 4,
  SCALEHOOK_ARRAY = 5,
  SCALEHOOK_OBJECT = 6
};

/* What is scaled: the rule's `target` without `scaler`, checked against target_schema, sorted by
 * key. Two targets of one scaler are the same when their fields are. Frozen. */
typedef struct scalehook_pair {
  scalehook_text key, value;
} scalehook_pair;
typedef struct scalehook_target {
  const scalehook_pair* fields; /* NULL if there are none */
  size_t count;
} scalehook_target;

/* What a call may answer, by number. Of several right settings of a field the last wins; one
 * refused value makes the whole call FAILED with the code "bad-answer", even if the field is set
 * rightly afterwards. Counts are at most 2^31-1. A CODE is at most 64 bytes of [A-Za-z0-9._-];
 * VERSION and UID are at most 4096 bytes of UTF-8 without control characters. An EXPLANATION is
 * mended and cut rather than refused, a RETRY_AFTER_MS is cut to 24 hours. */
enum {
  SCALEHOOK_REPLICAS = 1,       /* integer >= 0, read: what is asked for now, required. Write: what
                                 * it was set to, where that is not what was asked for */
  SCALEHOOK_READY = 2,          /* integer >= 0, read: what serves now */
  SCALEHOOK_VERSION = 3,        /* text, read and write: opaque, handed to the next write */
  SCALEHOOK_EXPLANATION = 4,    /* text, any: one sentence for the user */
  SCALEHOOK_CODE = 5,           /* text, any: short and stable ("http-403"); a metric label */
  SCALEHOOK_RETRY_AFTER_MS = 6, /* integer >= 0, with RETRY: the least wait before the next try; of
                                 * more than 5 minutes the host's retries wait 5 */
  SCALEHOOK_UID = 7,            /* text, read: the object's identity; another is another target. Two
                                 * targets with one are scaled in turns: a UUID is compared with all
                                 * targets', any other text with those of the same scaler */
  SCALEHOOK_HOLD = 8,           /* text, read: "in", "out" or "all": the target asks not to be moved
                                 * that way; CODE and EXPLANATION say why */
  SCALEHOOK_MAX_REPLICAS = 9    /* integer >= 0, read: the most it can be set to now, if there is
                                 * such a bound; no move upwards asks for more */
};

/* Levels of a log message. */
enum {
  SCALEHOOK_TRACE = 0,
  SCALEHOOK_DEBUG = 1,
  SCALEHOOK_INFO = 2,
  SCALEHOOK_WARN = 3,
  SCALEHOOK_ERROR = 4
};

typedef struct scalehook_host scalehook_host;
typedef struct scalehook_call scalehook_call;

/* All members are set in every host of ABI 1. */
typedef struct scalehook_host_api {
  uint32_t struct_size, api_version;
  /* [any] An extension of the host such as "scalehook.metrics/1", or NULL. */
  const void* (*extension)(const scalehook_host*, const char* id);
  /* [any] Would a message of this level be written? */
  bool (*log_enabled)(const scalehook_host*, int32_t level);
  /* [any] One line, under the instance's name. Never a secret in a message. */
  void (*log)(const scalehook_host*, int32_t level, scalehook_text message);
  /* [any] The setting at an RFC 6901 pointer, the schema's defaults filled in; "" is all of them.
   * False, and nothing written, if there is none. */
  bool (*setting)(const scalehook_host*, scalehook_text pointer, scalehook_value* out);
  /* [any] The key (unescaped) of the index-th member of the object at the pointer. False beyond the
   * last, and for anything but an object. Elements of an array are at <pointer>/0 and so on. */
  bool (*setting_key)(const scalehook_host*, scalehook_text pointer, size_t index,
                      scalehook_text* out);
} scalehook_host_api;

/* All members are set in every host of ABI 1. */
typedef struct scalehook_call_api {
  uint32_t struct_size, api_version;
  /* [call] What is behind this call, at an RFC 6901 pointer into an object that has "instance"
   * {"name"} in every call, and "target", "rule", "decision" and "alerts" in read, write and notify
   * where they are known; "" is all. False, and nothing written, if there is none. */
  bool (*input)(const scalehook_call*, scalehook_text pointer, scalehook_value* out);
  /* [call] As setting_key, for input. */
  bool (*input_key)(const scalehook_call*, scalehook_text pointer, size_t index,
                    scalehook_text* out);
  /* [call] Answers. False if the value is refused, which makes the call FAILED; and if this host
   * does not know the field, or not in this call, which is no fault. */
  bool (*set_integer)(scalehook_call*, uint32_t field, int64_t value);
  bool (*set_text)(scalehook_call*, uint32_t field, scalehook_text value);
  /* [any, until the call returns] CLOCK_MONOTONIC nanoseconds. Return by then; RETRY is fine. */
  int64_t (*deadline_ns)(const scalehook_call*);
  /* [any, until the call returns] Does the host no longer want the answer? */
  bool (*cancelled)(const scalehook_call*);
  /* [any, until the call returns] Readable once cancelled; the host's: poll it, never read it. */
  int (*cancel_fd)(const scalehook_call*);
} scalehook_call_api;

/* One per instance, outlives destroy. */
struct scalehook_host {
  const scalehook_host_api* api;
};
/* One per call. */
struct scalehook_call {
  const scalehook_call_api* api;
};

typedef struct scalehook_scaler {
  uint32_t struct_size;
  uint32_t reserved;            /* 0 */
  scalehook_text target_schema; /* JSON schema of a rule's `target`: an object of strings */
  /* [work] Sets REPLICAS, and VERSION if the target has one. Changes nothing. */
  scalehook_status (*read)(scalehook_instance*, scalehook_call*, const scalehook_target*);
  /* [work] Makes it `replicas` (>= 0) if it still is at `version` (absent: unconditionally). With
   * dry_run everything but the change. Must be safe to repeat. */
  scalehook_status (*write)(scalehook_instance*, scalehook_call*, const scalehook_target*,
                            int64_t replicas, scalehook_text version, bool dry_run);
} scalehook_scaler;

/* scalehook_notifier.subscribes: DECISIONS, and nothing else yet. */
enum {
  SCALEHOOK_DECISIONS = 1, /* one event for each decision */
  SCALEHOOK_ALERTS = 2 /* reserved for a later minor version, refused until then. The event of an
                        * alert will differ from a decision's in its "kind" */
};

typedef struct scalehook_notifier {
  uint32_t struct_size, subscribes;
  /* [work] One event, as JSON. It may come more than once, with the same "id" each time. The host
   * keeps it until it is delivered, over restarts and kills, but for half an hour at most. */
  scalehook_status (*notify)(scalehook_instance*, scalehook_call*, scalehook_text event);
  /* [work] Since 1.1; may be NULL. Several events in one, oldest first, for people who would rather
   * hear of them together: 2 to 100, as many as came within the `group_wait` of the notifier's
   * configuration. OK: all were told. RETRY and CANCELLED: all come again. INVALID: each comes
   * again by itself, for one of them may be the reason. Else all are given up. */
  scalehook_status (*notify_group)(scalehook_instance*, scalehook_call*,
                                   const scalehook_text* events, size_t count);
} scalehook_notifier;

typedef struct scalehook_plugin {
  uint32_t magic, struct_size;
  uint32_t api_version;           /* SCALEHOOK_API_VERSION it was built with */
  uint32_t min_api_version;       /* the oldest host it works in */
  scalehook_text name;            /* [a-z0-9-]+, 63 at most: `plugin:` in the configuration */
  scalehook_text version;         /* the plugin's own, for people; 63 bytes at most */
  scalehook_text settings_schema; /* JSON schema of `settings`; absent: an object without members */
  uint32_t max_concurrency;       /* calls at once on one instance; 0 means 1 */
  uint32_t reserved;              /* 0 */
  /* [work] Checks settings and allocates; connects to nothing, so that a dead peer is a failed call
   * and not a failed start. On OK *out is set; else nothing remains. */
  scalehook_status (*create)(const scalehook_host*, scalehook_call*, scalehook_instance** out);
  /* [work] No call is in flight and none follows. */
  void (*destroy)(scalehook_instance*);
  const void* (*extension)(const char* id); /* [any] The plugin's, or NULL; may itself be NULL */
  const scalehook_scaler* scaler;           /* NULL if it is none */
  const scalehook_notifier* notifier;       /* NULL if it is none */
} scalehook_plugin;

/* Any thread, before any create, and again at any time: the same answer each time. Never NULL. */
SCALEHOOK_EXPORT const scalehook_plugin* scalehook_plugin_v1(void);

#ifdef __cplusplus
}
#endif
#endif
