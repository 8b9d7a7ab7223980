/* The pages, from files inside the binary. Paths that name no file get the index.html of their page: the console has
 * routes of its own. Other pages lie in folders of theirs (/phone/, /result/). */
#include "api/edge.h"
#include "base/embedded.h"

#include <stdio.h>
#include <string.h>

static const char bare_page[] =
    "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><title>Bihuan 闭环</title>"
    "<h1>Bihuan 闭环</h1><p>此程序构建时没有网页控制台；接口在 /api/v1。</p>"
    "<p>This program was built without the web console; the interface is at /api/v1.</p></html>";

static const struct embedded_file *file_find(const char *path)
{
    char name[512];
    int len = snprintf(name, sizeof name, "web%s", path);
    return len > 0 && (size_t)len < sizeof name ? embedded_find(name) : NULL;
}

/* Part of the path after a folder that is a page of its own; the whole path for the console. */
static const char *page_of(const char *path, char index[32])
{
    const char *end = strchr(path + 1, '/');
    size_t len = end ? (size_t)(end - path) : strlen(path);
    (void)snprintf(index, 32, "%.*s/index.html", len < 16 ? (int)len : 0, path);
    if (path[1] && file_find(index))
        return path + len;
    (void)snprintf(index, 32, "/index.html");
    return path;
}

static bool takes_gzip(struct http_request *request)
{
    const char *accepted = http_header_get(request, "Accept-Encoding");
    return accepted && strstr(accepted, "gzip") && !strstr(accepted, "gzip;q=0,") &&
           !strstr(accepted, "gzip;q=0 ");
}

static void file_send(struct call *call, const struct embedded_file *file, bool forever)
{
    struct http_request *request = call->request;
    char tag[40];
    bool packed = file->gzip && takes_gzip(request);
    (void)snprintf(tag, sizeof tag, "\"%.32s%s\"", file->sha256, packed ? "-g" : "");
    http_answer_header(request, "Cache-Control",
                       forever ? "public, max-age=31536000, immutable" : "no-cache");
    if (file->gzip)
        http_answer_header(request, "Vary", "Accept-Encoding");
    if (call_unchanged(call, tag))
        return;
    if (packed)
        http_answer_header(request, "Content-Encoding", "gzip");
    const unsigned char *bytes = packed ? file->gzip : file->data;
    size_t size = packed ? file->gzip_size : file->size;
    http_answer(request, 200, file->type, (struct bh_str){(const char *)bytes, size});
}

void file_answer(struct call *call)
{
    struct http_request *request = call->request;
    const char *path = request->path;
    char index[32];
    const char *rest = page_of(path, index);
    bool asset = strncmp(rest, "/assets/", 8) == 0;
    if (request->method != HTTP_GET && request->method != HTTP_HEAD) {
        call_missing(call);
        return;
    }
    const struct embedded_file *file =
        *rest == 0 || strcmp(rest, "/") == 0 ? NULL : file_find(path);
    /* A missing asset must not look like a page, and nothing under /api is one. */
    if (!file && (asset || strncmp(path, "/api", 4) == 0)) {
        call_missing(call);
        return;
    }
    if (!file)
        file = file_find(index);
    if (file)
        file_send(call, file, asset);
    else
        call_text(call, "text/html; charset=utf-8", BH_STR(bare_page));
}
