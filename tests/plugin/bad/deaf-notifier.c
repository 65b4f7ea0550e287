/* A notifier that would never be called. */
#define SUBSCRIBES 0
#include "table.h"
