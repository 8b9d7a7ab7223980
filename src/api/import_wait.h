#ifndef BH_API_IMPORT_WAIT_H
#define BH_API_IMPORT_WAIT_H
/* Commands of an import on their way to the writer; the worker waits until all are back. */
#include "api/edge.h"

struct import_wait {
    struct lock lock;
    struct condition back;
    int waiting;
};

void import_wait_init(struct import_wait *wait);
void import_wait_done(struct import_wait *wait);
/* Waits when the writer has no room, because the whole file was let in; BUSY in the submission when there is none for
 * long. */
void import_wait_submit(struct import_wait *wait, struct edge *edge, struct submission *submission);
void import_wait_all(struct import_wait *wait);

/* One row that was refused, as imports answer it. */
json_t *import_error(const struct bh_err *err, int row);
#endif
