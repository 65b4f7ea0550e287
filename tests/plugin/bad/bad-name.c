/* Its name is not of a-z, 0-9 and -, and would break a log line. */
#define NAME TEXT("Bad Name\n")
#include "table.h"
