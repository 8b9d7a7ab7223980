/*
 * Plan layers from anybody's hand: whatever the bytes, a layer is either refused with a place and a reason in
 * both languages, or it merges, for every instant, into rules that name only declared things.
 */
#include "ledger/plan.h"
#include "links.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 keeps some memory of a flow sequence that it refuses; that is not what we look for. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml";
}

static void merged_check(struct plans *plans, const struct catalogue *catalogue, int64_t at_ms)
{
    const struct plan *plan = plans_for(plans, 0, at_ms);
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct duty_rule *rule = &plan->rules[i];
        bh_assert(plan_rule(plan, rule->id) == rule);
        bh_assert(rule->zh && rule->en && rule->owner && rule->source && rule->deadline_ms >= 0);
        bh_assert(catalogue_event(catalogue, rule->opens_on[0]) &&
                  catalogue_event(catalogue, rule->closes_on[0]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct catalogue *catalogue;
    struct bh_err err = {0};
    if (!catalogue)
        catalogue = catalogue_new(all_links);
    struct plans *plans = plans_new(catalogue, NULL, NULL);
    bool ok = plans_add(plans, (struct bh_str){(const char *)data, size}, &err);
    if (ok)
        merged_check(plans, catalogue, plans_layer(plans, 0)->from_ms);
    else
        bh_assert(err.code != BH_OK && err.line > 0 && err.column > 0 && err.zh[0] && err.en[0]);
    plans_free(plans);
    return 0;
}
