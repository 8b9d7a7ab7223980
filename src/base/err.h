#ifndef BH_BASE_ERR_H
#define BH_BASE_ERR_H
/*
 * Failures, of three kinds that never mix:
 *   - a bug: bh_assert() stops the process; the log makes restarting safe
 *   - the world or a rule said no: a function returns false and fills struct bh_err
 *   - nothing else
 * A message is for a person, so it exists in both languages. Functions that can fail return bool,
 * take `struct bh_err *err` last, and do not touch their out parameters on failure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BH_MUST_USE __attribute__((warn_unused_result))

/* code, HTTP status, exit code of the command line, Chinese title, English title */
#define BH_ERR_MAP(X)                                                                              \
    X(OK, 200, 0, "成功", "ok")                                                                    \
    X(INVALID, 422, 2, "输入不符合规则", "input breaks a stated rule")                             \
    X(MALFORMED, 400, 2, "格式无法读取", "input cannot be read")                                   \
    X(UNAUTHENTICATED, 401, 5, "请先登录", "log in first")                                         \
    X(DENIED, 403, 5, "不允许", "not allowed")                                                     \
    X(MISSING, 404, 2, "没有找到", "no such thing")                                                \
    X(CONFLICT, 409, 1, "与现状冲突", "in conflict with what is known")                            \
    X(EXPIRED, 410, 5, "已过期", "expired")                                                        \
    X(TOO_BIG, 413, 2, "超过上限", "over a stated limit")                                          \
    X(KEY_REUSED, 422, 5, "幂等键已用于另一内容", "key was used for another body")                 \
    X(TOO_MANY, 429, 75, "请求过多", "too many requests")                                          \
    X(IO, 500, 1, "磁盘、网络或数据库出错", "disk, network or database failed")                    \
    X(BUSY, 503, 75, "请稍后再试", "try again shortly")                                            \
    X(STOPPED, 503, 1, "写入已停止", "writing has stopped until restart")                          \
    X(FULL, 507, 75, "磁盘已满", "no space left")                                                  \
    X(CORRUPT, 500, 4, "数据校验失败", "data failed a check")

enum bh_code {
#define X(name, http, exit, zh, en) BH_##name,
    BH_ERR_MAP(X)
#undef X
        BH_CODE_COUNT
};

enum { BH_MESSAGE_MAX = 400, BH_FIELD_MAX = 96 };

/* All-zero is a valid start value (code BH_OK). */
struct bh_err {
    enum bh_code code;
    int row;                  /* 1-based row of an import or list, 0 = none */
    int line, column;         /* 1-based place in a text file, 0 = none */
    char field[BH_FIELD_MAX]; /* name of the field at fault, "" = none */
    char zh[BH_MESSAGE_MAX];
    char en[BH_MESSAGE_MAX];
};

/* Fills *err and is false, so that callers can `return bh_fail(...)`. Both formats take the same
 * arguments in the same order. Macros, so that every reader of the code, tools too, sees the false. */
#define bh_fail(...) (bh_err_write(__VA_ARGS__), false)
void bh_err_write(struct bh_err *err, enum bh_code code, const char *zh, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* As bh_fail, naming the field at fault. */
#define bh_fail_field(...) (bh_err_write_field(__VA_ARGS__), false)
void bh_err_write_field(struct bh_err *err, enum bh_code code, const char *field, const char *zh,
                        const char *en, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

int bh_code_http(enum bh_code code);
int bh_code_exit(enum bh_code code);
const char *bh_code_name(enum bh_code code); /* "INVALID" */
const char *bh_code_zh(enum bh_code code);
const char *bh_code_en(enum bh_code code);

/* A broken promise of our own code. Stays on in release builds. */
#define bh_assert(cond) ((cond) ? (void)0 : bh_assert_failed(#cond, __FILE__, __LINE__))
_Noreturn void bh_assert_failed(const char *what, const char *file, int line);
_Noreturn void bh_unreachable(const char *what);

#endif
