/* For plugins that a test watches and lets go: their settings "began" and "release" are descriptors
 * of pipes. To be included before table.h. */
#include <scalehook/plugin.h>

static int setting(const scalehook_host* host, const char* pointer, size_t size) {
  const scalehook_text at = {pointer, size};
  scalehook_value value;
  return host->api->setting(host, at, &value) ? (int)value.integer : -1;
}

#define SETTINGS_SCHEMA                                                             \
  TEXT(                                                                             \
      "{\"type\": \"object\", \"properties\": {\"began\": {\"type\": \"integer\"}," \
      " \"release\": {\"type\": \"integer\"}}}")
