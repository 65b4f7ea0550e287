/* It gives a meaning to the member that this version keeps free. */
#define RESERVED 7
#include "table.h"
