#include "ledger/vault.h"

#include "os/file.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Sealed text: nonce (24) | cipher text (as long as the plain text) | tag (16). */
enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY_FILE_MAX = 256,
    SEARCH_PART = 4096, /* of a text, that the equality search looks at */
};

static const char key_file_title[] = "bihuan outbreak key 1\n";
static const char derive_context[crypto_kdf_CONTEXTBYTES + 1] = "bihuan01";
static const unsigned char bound_to[] = "bihuan sealed 1";

/* Guarded memory: locked, read-only, with guard pages, wiped when released. */
struct vault {
    uint8_t seal_key[VAULT_KEY];
    uint8_t search_key[VAULT_KEY];
};

static bool key_read(const char *path, uint8_t key[VAULT_KEY], struct bh_err *err)
{
    struct bh_buf file;
    if (!file_exists(path))
        return bh_fail(
            err, BH_MISSING, "密钥文件 %.200s 不在：没有它任何身份都无法读取，请放回",
            "the key file %.200s is missing: without it no identity can be read, put it back",
            path);
    if (!file_is_private(path))
        return bh_fail(err, BH_DENIED, "密钥文件 %.200s 可被他人读取；请 chmod 600",
                       "the key file %.200s can be read by others; chmod 600 it", path);
    if (!file_read(path, KEY_FILE_MAX, &file, err))
        return false;
    struct bh_str text = bh_buf_view(&file);
    size_t title = sizeof key_file_title - 1;
    bool good = text.len == title + 2 * VAULT_KEY + 1 && bh_str_starts(text, key_file_title) &&
                bh_unhex((struct bh_str){text.at + title, 2 * VAULT_KEY}, key, VAULT_KEY);
    bh_buf_done(&file);
    return good || bh_fail(err, BH_CORRUPT, "%.200s 不是密钥文件", "%.200s is no key file", path);
}

static bool key_make(const char *path, const struct world *world, uint8_t key[VAULT_KEY],
                     struct bh_err *err)
{
    char text[sizeof key_file_title + 2 * VAULT_KEY + 1];
    size_t title = sizeof key_file_title - 1;
    world->entropy(world->self, key, VAULT_KEY);
    if (!path)
        return true;
    memcpy(text, key_file_title, title);
    bh_hex(key, VAULT_KEY, text + title);
    text[title + 2 * VAULT_KEY] = '\n';
    bool good = file_write(path, (struct bh_str){text, title + 2 * VAULT_KEY + 1}, 0600, err);
    sodium_memzero(text, sizeof text);
    return good;
}

bool vault_open(const char *key_path, bool create, const struct world *world, struct vault **ret,
                struct bh_err *err)
{
    bh_assert(sodium_init() >= 0);
    bh_assert(key_path || create);
    uint8_t *key = sodium_malloc(VAULT_KEY);
    struct vault *vault = sodium_malloc(sizeof *vault);
    bh_assert(key && vault);
    bool kept = key_path && file_exists(key_path);
    /* Drawn although a key lies there (data were deleted, their keys not): a made world's chance
     * must not depend on what a folder held before, or the same seed would give another log. */
    if (create && kept)
        world->entropy(world->self, key, VAULT_KEY);
    bool good =
        create && !kept ? key_make(key_path, world, key, err) : key_read(key_path, key, err);
    if (good) {
        (void)crypto_kdf_derive_from_key(vault->seal_key, VAULT_KEY, 1, derive_context, key);
        (void)crypto_kdf_derive_from_key(vault->search_key, VAULT_KEY, 2, derive_context, key);
        (void)sodium_mprotect_readonly(vault);
        *ret = vault;
    } else {
        sodium_free(vault);
    }
    sodium_free(key);
    return good;
}

void vault_close(struct vault *vault)
{
    if (!vault)
        return;
    (void)sodium_mprotect_readwrite(vault);
    sodium_memzero(vault, sizeof *vault);
    sodium_free(vault);
}

bool vault_seal(const struct vault *vault, const struct world *world, struct bh_str plain,
                bool searchable, struct bh_arena *arena, struct bh_sealed *ret, struct bh_err *err)
{
    struct bh_sealed sealed = {0};
    if (plain.len == 0) {
        *ret = sealed;
        return true;
    }
    unsigned char *out = bh_arena_try(arena, NONCE + plain.len + TAG);
    if (!out)
        return bh_fail(err, BH_TOO_BIG, "内容过大", "too large");
    unsigned long long len = 0;
    world->entropy(world->self, out, NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
        out + NONCE, &len, (const unsigned char *)plain.at, plain.len, bound_to, sizeof bound_to,
        NULL, out, vault->seal_key);
    sealed.text = (struct bh_str){(const char *)out, NONCE + (size_t)len};
    if (searchable)
        vault_search_hash(vault, plain, sealed.hash);
    *ret = sealed;
    return true;
}

bool vault_unseal(const struct vault *vault, struct bh_str sealed, struct bh_arena *arena,
                  struct bh_str *ret, struct bh_err *err)
{
    if (sealed.len == 0) {
        *ret = (struct bh_str){0};
        return true;
    }
    if (sealed.len < NONCE + TAG)
        return bh_fail(err, BH_CORRUPT, "密文过短", "a sealed text is too short");
    const unsigned char *in = (const unsigned char *)sealed.at;
    unsigned char *out = bh_arena_try(arena, sealed.len - NONCE - TAG + 1);
    if (!out)
        return bh_fail(err, BH_TOO_BIG, "内容过大", "too large");
    unsigned long long len = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, &len, NULL, in + NONCE, sealed.len - NONCE,
                                                   bound_to, sizeof bound_to, in,
                                                   vault->seal_key) != 0)
        return bh_fail(err, BH_CORRUPT, "密文被改动，或密钥不符",
                       "a sealed text was changed, or the key is another one");
    out[len] = 0;
    *ret = (struct bh_str){(const char *)out, (size_t)len};
    return true;
}

/* What people type differently for the same number: blanks, hyphens, small letters, the country code before
 * a mobile number. Returns the length. */
static size_t normalise(struct bh_str plain, char out[SEARCH_PART])
{
    size_t len = 0;
    for (size_t i = 0; i < plain.len && len < SEARCH_PART; i++) {
        char c = plain.at[i];
        if (c == ' ' || c == '-' || c == '\t')
            continue;
        out[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    size_t code = len == 14 && memcmp(out, "+86", 3) == 0    ? 3
                  : len == 15 && memcmp(out, "0086", 4) == 0 ? 4
                                                             : 0;
    if (code > 0 && out[code] == '1')
        memmove(out, out + code, len -= code);
    return len;
}

void vault_search_hash(const struct vault *vault, struct bh_str plain, uint8_t ret[16])
{
    char normal[SEARCH_PART];
    size_t len = normalise(plain, normal);
    (void)crypto_generichash(ret, 16, (const unsigned char *)normal, len, vault->search_key,
                             VAULT_KEY);
    sodium_memzero(normal, len);
}

/* ---- masks ---- */

static size_t first_character(struct bh_str text)
{
    size_t len = text.len > 0;
    while (len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80)
        len++;
    return len;
}

struct bh_str vault_mask_name(struct bh_arena *arena, struct bh_str name)
{
    name = bh_str_trim(name);
    size_t keep = first_character(name);
    if (keep == 0)
        return (struct bh_str){0};
    char *out = bh_arena_get(arena, keep + 3);
    memcpy(out, name.at, keep);
    memcpy(out + keep, "**", 3);
    return (struct bh_str){out, keep + 2};
}

struct bh_str vault_mask_number(struct bh_arena *arena, struct bh_str number)
{
    /* At most half of a number is shown; what is short is not shown at all. */
    size_t head = number.len >= 15 ? 4 : number.len >= 11 ? 3 : 0;
    size_t tail = number.len >= 11 ? 4 : 0;
    if (number.len == 0)
        return (struct bh_str){0};
    for (size_t i = 0; i < number.len; i++)
        if ((unsigned char)number.at[i] >= 0x80)
            head = tail = 0;
    char *out = bh_arena_get(arena, number.len + 1);
    memset(out, '*', number.len);
    memcpy(out, number.at, head);
    memcpy(out + number.len - tail, number.at + number.len - tail, tail);
    return (struct bh_str){out, number.len};
}
