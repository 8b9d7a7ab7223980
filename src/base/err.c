#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct bh_err *err, enum bh_code code, const char *field)
{
    memset(err, 0, sizeof *err);
    err->code = code;
    if (field)
        (void)snprintf(err->field, sizeof err->field, "%s", field);
}

static void write_both(struct bh_err *err, const char *zh, const char *en, va_list args)
    __attribute__((format(printf, 2, 0), format(printf, 3, 0)));

static void write_both(struct bh_err *err, const char *zh, const char *en, va_list args)
{
    va_list again;
    va_copy(again, args);
    (void)vsnprintf(err->zh, sizeof err->zh, zh, args);
    (void)vsnprintf(err->en, sizeof err->en, en, again);
    va_end(again);
}

void bh_err_write(struct bh_err *err, enum bh_code code, const char *zh, const char *en, ...)
{
    va_list args;
    fill(err, code, NULL);
    va_start(args, en);
    write_both(err, zh, en, args);
    va_end(args);
}

void bh_err_write_field(struct bh_err *err, enum bh_code code, const char *field, const char *zh,
                        const char *en, ...)
{
    va_list args;
    fill(err, code, field);
    va_start(args, en);
    write_both(err, zh, en, args);
    va_end(args);
}

static const struct {
    int http, exit;
    const char *name, *zh, *en;
} codes[] = {
#define X(name, http, exit, zh, en) {http, exit, #name, zh, en},
    BH_ERR_MAP(X)
#undef X
};

int bh_code_http(enum bh_code code)
{
    return codes[code].http;
}

int bh_code_exit(enum bh_code code)
{
    return codes[code].exit;
}

const char *bh_code_name(enum bh_code code)
{
    return codes[code].name;
}

const char *bh_code_zh(enum bh_code code)
{
    return codes[code].zh;
}

const char *bh_code_en(enum bh_code code)
{
    return codes[code].en;
}

_Noreturn void bh_assert_failed(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "bihuan: bug: %s at %s:%d\n", what, file, line);
    abort();
}

_Noreturn void bh_unreachable(const char *what)
{
    (void)fprintf(stderr, "bihuan: bug: reached %s\n", what);
    abort();
}
