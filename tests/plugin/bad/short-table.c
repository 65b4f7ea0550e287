/* Its table ends before the members of SDK 1.0 do. */
#define STRUCT_SIZE 48
#include "table.h"
