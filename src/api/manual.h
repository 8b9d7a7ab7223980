#ifndef BH_API_MANUAL_H
#define BH_API_MANUAL_H
/* The parts of the manual that are made from tables. */
#include "ledger/catalogue.h"

#include <stdio.h>

struct roles;

/* A man page of section 7 (roff): every command and query with its fields, in both languages, and who may use
 * them. */
void manual_write(FILE *out, const struct catalogue *catalogue, const struct roles *roles);

/* The permission matrix as CSV: a row for each command and query, a column for each role. */
void permissions_write(FILE *out, const struct catalogue *catalogue, const struct roles *roles);

#endif
