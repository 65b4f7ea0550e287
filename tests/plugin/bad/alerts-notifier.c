/* A notifier that waits for what no host of this version tells. */
#define SUBSCRIBES (SCALEHOOK_DECISIONS | SCALEHOOK_ALERTS)
#include "table.h"
