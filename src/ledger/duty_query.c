#include "ledger/duty_private.h"

const struct query duty_queries[] = {
    {0},
};
