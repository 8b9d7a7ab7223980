#ifndef BH_API_ROLL_IMPORT_H
#define BH_API_ROLL_IMPORT_H
/*
 * A roll from a table of people: CSV or XLSX, one row a person, in any order, into commands list_residents.
 *
 * Columns, by English or Chinese title, in any order: community 社区 (12-digit code), building 楼栋, unit 单元, door 门牌,
 * name 姓名, document 证件号, phone 电话, category 类别, key 重点, sealed_home 封控户. The first two, door and name are
 * needed.
 *
 * Rules
 *   a bad row is returned with its column and reason, the others are listed: nobody is left out for a neighbour's error
 *   bad: a value that does not fit, a document whose check character is wrong, a person who is in the file already (the
 *   first row counts; told by document, without one by name behind the same door)
 *   people are put into door order: community, building, unit, door (numbers as numbers), row
 *   a command holds at most 500 people of one community; which ones depends on the file alone
 *   each command's key comes from the file, the roll and its place: what of the same file is on the roll is not sent again,
 *   whenever and by whomever it was imported; people whose document is on the roll are returned, and not listed twice
 */
#include "ledger/intake.h"
#include "store/db.h"

enum { ROLL_IMPORT_ROWS_MAX = 2000000, ROLL_IMPORT_COLUMNS = 10 };
#define ROLL_IMPORT_BYTES ((size_t)192 << 20) /* the file, and its texts as UTF-8 */

struct roll_import;

/* Counted so far; rows = listed + known + repeated + refused when all groups went through. */
struct roll_import_sum {
    int64_t rows;
    int64_t listed;    /* of groups that were taken */
    int64_t known;     /* document on the roll already */
    int64_t repeated;  /* this file was imported before */
    int64_t refused;   /* of them: */
    int64_t duplicate; /* in the file twice */
    int64_t check;     /* wrong check character */
};

/* Reads and sorts the whole table; looks at the roll and the log through `db`, which is not needed afterwards. file may
 * be released afterwards. scope: where the importer may list people; NULL = everywhere. MISSING: no such roll.
 * Done must follow, also after failure. */
BH_MUST_USE bool roll_import_open(struct roll_import **ret, struct bh_str file, int64_t roll,
                                  const struct ledger *ledger, const struct scope *scope,
                                  struct db *db, struct bh_err *err);
void roll_import_free(struct roll_import *import); /* NULL allowed */

/* The next command to give, made in the intake's arena; false at the end. key_ms: the time in its key. *ret_group is
 * what roll_import_went wants to hear. */
bool roll_import_next(struct roll_import *import, struct intake *intake, int64_t key_ms,
                      struct submission *ret, size_t *ret_group);
/* How it went: err NULL = taken. In a dry run NULL, too. */
void roll_import_went(struct roll_import *import, size_t group, const struct bh_err *err);

void roll_import_sum(const struct roll_import *import, struct roll_import_sum *ret);
/* Rows not listed, by row, for as long as `each` returns true. Repeated ones are left out. */
void roll_import_each_bad(const struct roll_import *import,
                          bool (*each)(void *self, int row, const struct bh_err *err), void *self);
/* The same rows as a table to be corrected and imported again, with the row, field and reason in front. Rows that do not
 * fit into `out` any more are left off and counted. */
int64_t roll_import_returned(const struct roll_import *import, struct bh_buf *out);

/* An empty table with one example. */
void roll_import_template(struct bh_buf *out);

#endif
