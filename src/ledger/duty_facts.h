#ifndef BH_LEDGER_DUTY_FACTS_H
#define BH_LEDGER_DUTY_FACTS_H
/* What links may ask about duties while they react to the engine's facts. */
#include "ledger/link.h"

enum { DUTY_RULE_TEXT = 65 };
/* Which rule the duty is of and what it is about; *ret_found false when there is no such duty. */
BH_MUST_USE bool duty_about(struct db *db, int64_t duty, char ret_rule[DUTY_RULE_TEXT],
                            int64_t *ret_subject, bool *ret_found, struct bh_err *err);

#endif
