/* It has no name. */
#define NAME \
  { NULL, 0 }
#include "table.h"
