/* It cannot be created. */
#define CREATE NULL
#include "table.h"
