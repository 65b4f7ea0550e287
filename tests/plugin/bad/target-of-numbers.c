/* Its target is not of strings. */
#define TARGET_SCHEMA \
  TEXT("{\"type\": \"object\", \"properties\": {\"slot\": {\"type\": \"integer\"}}}")
#include "table.h"
