/* Needs a function that nobody has; linked without -z defs, as a careless author would. */
#include <scalehook/plugin.h>

extern const scalehook_plugin* function_of_a_missing_library(void);
#define TABLE function_of_a_missing_library()
#include "table.h"
