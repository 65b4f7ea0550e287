/* Its notifier ends before its function does. */
#define NOTIFIER_SIZE 8
#include "table.h"
