/* It needs a host newer than any. */
#define MIN_API_VERSION ((UINT32_C(1) << 16) | UINT32_C(99))
#include "table.h"
