/* A shared object that exports something else. */
#define ENTRY some_other_library
#include "table.h"
