/* It has no version. */
#define VERSION TEXT("")
#include "table.h"
