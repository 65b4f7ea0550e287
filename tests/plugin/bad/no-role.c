/* It is neither a scaler nor a notifier. */
#define SCALER NULL
#define NOTIFIER NULL
#include "table.h"
