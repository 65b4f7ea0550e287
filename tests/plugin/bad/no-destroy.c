/* It cannot be destroyed. */
#define DESTROY NULL
#include "table.h"
