/* Its scaler gives a meaning to the member that this version keeps free. */
#define SCALER_RESERVED 7
#include "table.h"
