/* Its settings schema is not JSON. */
#define SETTINGS_SCHEMA TEXT("{type: object}")
#include "table.h"
