#ifndef BH_LEDGER_VAULT_H
#define BH_LEDGER_VAULT_H
/*
 * Identities and free texts are encrypted with the outbreak's key before the writer sees them; the key lies
 * outside the data folder. XChaCha20-Poly1305; equality search by keyed BLAKE2b. Destroying the key ends the
 * readability of the log, its backups and its derived tables.
 */
#include "base/record.h"
#include "os/world.h"

struct vault;

enum { VAULT_KEY = 32 };

/* key_path: file with the outbreak's key (mode 0600, refused when others may read it). When `create` and it is
 * not there it is made, whole or not at all, from the world's chance: a made world gives the same key for the
 * same seed, and so the same log. NULL, only with `create`: no file, the key ends with the vault. */
BH_MUST_USE bool vault_open(const char *key_path, bool create, const struct world *world,
                            struct vault **ret, struct bh_err *err);
void vault_close(struct vault *vault); /* wipes the key */

/* Any thread, as far as the world's chance allows it. ret texts live in the arena. The empty text stays empty. */
BH_MUST_USE bool vault_seal(const struct vault *vault, const struct world *world,
                            struct bh_str plain, bool searchable, struct bh_arena *arena,
                            struct bh_sealed *ret, struct bh_err *err);
BH_MUST_USE bool vault_unseal(const struct vault *vault, struct bh_str sealed,
                              struct bh_arena *arena, struct bh_str *ret, struct bh_err *err);
/* Blanks, hyphens, case of letters and +86 before a mobile number make no difference. */
void vault_search_hash(const struct vault *vault, struct bh_str plain, uint8_t ret[16]);
/* "张**", "138****1234", "2201**********1234"; a number shorter than eleven shows nothing. */
struct bh_str vault_mask_name(struct bh_arena *arena, struct bh_str name);
struct bh_str vault_mask_number(struct bh_arena *arena, struct bh_str number);

#endif
