/* A scaler that cannot read. */
#define READ NULL
#include "table.h"
