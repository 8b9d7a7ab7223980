#include "api/http_headers.h"

#include <microhttpd.h>
#include <string.h>

/* The decoder of bar codes is WebAssembly: the phone page, and nothing else, may compile that. */
static const char phone_pages[] = "/phone/";
#define CONTENT_POLICY(script)                                                                     \
    "default-src 'none'; script-src 'self'" script "; style-src 'self'; img-src 'self' data: "     \
    "blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "   \
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/* Of pages and their parts. */
static const struct http_header page_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Permissions-Policy", "camera=(self), geolocation=(), microphone=()"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

/* Data is never shown as a page: a short list keeps small answers small, for phones and for us. */
static const struct http_header data_headers[] = {
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static void header_add(struct MHD_Response *response, const char *name, const char *value)
{
    /* Fails only for memory or for values with line breaks, which no caller makes. */
    (void)MHD_add_response_header(response, name, value);
}

/* Milliseconds with two places, at most 12 digits of them. Ends with a zero byte, which it returns. */
static char *timing_put(char *to, const char *name, int64_t us)
{
    char digits[16];
    size_t count = sizeof digits, name_len = strlen(name);
    uint64_t hundredths = us > 0 && us < INT64_C(10000000000000) ? (uint64_t)us / 10 : 0;
    for (int place = 0; place < 3 || hundredths > 0; place++, hundredths /= 10) {
        if (place == 2)
            digits[--count] = '.';
        digits[--count] = (char)('0' + hundredths % 10);
    }
    memcpy(to, name, name_len);
    memcpy(to + name_len, digits + count, sizeof digits - count);
    to += name_len + sizeof digits - count;
    *to = 0;
    return to;
}

static void fixed_add(struct MHD_Response *response, const struct http_request *request)
{
    bool data = request->type && (strncmp(request->type, "application/json", 16) == 0 ||
                                  strncmp(request->type, "application/problem+json", 24) == 0);
    bool phone = request->path && strncmp(request->path, phone_pages, sizeof phone_pages - 1) == 0;
    const struct http_header *fixed = data ? data_headers : page_headers;
    size_t count = data ? sizeof data_headers / sizeof *data_headers
                        : sizeof page_headers / sizeof *page_headers;
    if (!data)
        header_add(response, "Content-Security-Policy",
                   phone ? CONTENT_POLICY(" 'wasm-unsafe-eval'") : CONTENT_POLICY(""));
    for (size_t index = 0; index < count; index++)
        header_add(response, fixed[index].name, fixed[index].value);
}

void http_headers_add(struct MHD_Response *response, struct http_request *request, int64_t total_us)
{
    bool cached = false;
    fixed_add(response, request);
    if (request->secure)
        header_add(response, "Strict-Transport-Security", "max-age=31536000");
    header_add(response, "X-Request-Id", request->id);
    if (request->type)
        header_add(response, MHD_HTTP_HEADER_CONTENT_TYPE, request->type);
    for (size_t index = 0; index < request->header_count; index++) {
        header_add(response, request->header[index].name, request->header[index].value);
        cached = cached || strcmp(request->header[index].name, "Cache-Control") == 0;
    }
    if (!cached)
        header_add(response, "Cache-Control", "no-store");
    /* How long it took would tell what is forbidden from what does not exist. */
    if (request->status == 404 || request->untimed)
        return;
    char timing[128], *at = timing;
    at = timing_put(at, "queue;dur=", request->queue_us);
    at = timing_put(at, ", db;dur=", request->work_us);
    (void)timing_put(at, ", total;dur=", total_us);
    header_add(response, "Server-Timing", timing);
}
