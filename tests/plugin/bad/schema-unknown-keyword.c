/* Its settings schema has a keyword that would not be checked. */
#define SETTINGS_SCHEMA \
  TEXT("{\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"integer\", \"minimun\": 1}}}")
#include "table.h"
