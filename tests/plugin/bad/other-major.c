/* It is built for an interface that does not exist yet. */
#define API_VERSION (UINT32_C(2) << 16)
#include "table.h"
