/* It has a table and does not hand it over. */
#define TABLE NULL
#include "table.h"
