#include "ledger/duty_facts.h"

#include <stdio.h>

bool duty_about(struct db *db, int64_t duty, char ret_rule[DUTY_RULE_TEXT], int64_t *ret_subject,
                bool *ret_found, struct bh_err *err)
{
    struct rows rows;
    *ret_found = false;
    db_rows(db, &rows, "SELECT rule, subject FROM duty WHERE duty = ?", "i", duty);
    if (db_next(&rows)) {
        struct bh_str rule = row_text(&rows, 0);
        (void)snprintf(ret_rule, DUTY_RULE_TEXT, "%.*s", (int)rule.len, rule.at);
        *ret_subject = row_int(&rows, 1);
        *ret_found = true;
    }
    return db_end(&rows, err);
}
