/* Its first word is another. */
#define MAGIC UINT32_C(0xdeadbeef)
#include "table.h"
