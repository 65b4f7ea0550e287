/* A scaler that cannot write. */
#define WRITE NULL
#include "table.h"
