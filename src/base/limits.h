#ifndef BH_BASE_LIMITS_H
#define BH_BASE_LIMITS_H
/* Every limit of the product in one place. Passing one is an answer (TOO_BIG, BUSY), never an abort. */
#include <stdint.h>

/* Marks an integer field that was not given. */
#define BH_NONE INT64_MIN

enum {
    LIMIT_BODY_BYTES = 1 << 20,    /* one request body */
    LIMIT_IMPORT_BYTES = 64 << 20, /* one import file */
    LIMIT_EVENT_BYTES = 4 << 20,   /* one encoded event body */
    LIMIT_JSON_DEPTH = 16,         /* nesting of a request body */
    LIMIT_TEXT_BYTES = 4000,       /* a text field, unless its table says less */
    LIMIT_LIST_ITEMS = 1000,       /* a list field, unless its table says less */
    LIMIT_PAGE_ROWS = 200,         /* rows of one answer page */
    LIMIT_EXPORT_ROWS = 50000, /* rows of one list written out as CSV, then it is cut and says so */
    LIMIT_EXPORT_BYTES = 48 << 20,    /* so it is when it has become this long */
    LIMIT_EXPORTS = 4,                /* such lists held in memory at once, until they are sent */
    LIMIT_CSV_ROW_BYTES = 64 << 10,   /* one CSV row */
    LIMIT_QUEUE = 4096,               /* commands waiting for the writer */
    LIMIT_BATCH = 1000,               /* commands in one transaction */
    LIMIT_REQUEST_COMMANDS = 100,     /* commands in one request */
    LIMIT_REACTION_DEPTH = 4,         /* reactions to reactions */
    LIMIT_EVENTS_PER_COMMAND = 50000, /* facts, reactions and duties one command may cause */
    LIMIT_ARENA_REQUEST = 16 << 20,   /* memory of one request */
    LIMIT_ARENA_BATCH = 256 << 20,    /* memory of one transaction */
    LIMIT_UNIT_RANGES = 64,           /* leaf ranges of one unit */
    LIMIT_GRANTS = 32,                /* roles of one user */
};

/* Room kept ahead on the data folder's disk: given up when the disk is full, so that the log can still record
 * what falls due and close cleanly; taken again when there is that much room. */
#define LIMIT_RESERVE_BYTES (INT64_C(16) << 20)

/* A copy on another machine follows the log this closely. */
#define LIMIT_COPY_BEHIND_MS INT64_C(5000)

/* Idempotency keys begin with their time: older ones are refused as expired, never taken as new. */
#define LIMIT_KEY_AGE_MS     (INT64_C(30) * 86400000)
/* A device's clock may be this far ahead of ours. */
#define LIMIT_CLOCK_AHEAD_MS (INT64_C(10) * 60000)

#endif
