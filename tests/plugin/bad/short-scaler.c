/* Its scaler ends before its functions do. */
#define SCALER_SIZE 8
#include "table.h"
