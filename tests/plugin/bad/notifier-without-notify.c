/* A notifier that cannot notify. */
#define NOTIFY NULL
#include "table.h"
