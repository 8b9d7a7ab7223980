/* The console and the small pages beside it (/result/), from files inside the binary. Paths that name no file get
 * index.html: the console has routes of its own. */
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

/* A page of its own, at its folder. */
static const struct embedded_file *folder_find(const char *path)
{
    char name[512];
    size_t end = strlen(path);
    int len = snprintf(name, sizeof name, "%s%sindex.html", path,
                       end > 0 && path[end - 1] == '/' ? "" : "/");
    return len > 0 && (size_t)len < sizeof name ? file_find(name) : NULL;
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
    bool asset = strncmp(path, "/assets/", 8) == 0;
    if (request->method != HTTP_GET && request->method != HTTP_HEAD) {
        call_missing(call);
        return;
    }
    const struct embedded_file *file = strcmp(path, "/") == 0 ? NULL : file_find(path);
    if (!file && !asset && strcmp(path, "/") != 0)
        file = folder_find(path);
    /* A missing asset must not look like a page, and nothing under /api is one. */
    if (!file && (asset || strncmp(path, "/api", 4) == 0)) {
        call_missing(call);
        return;
    }
    if (!file)
        file = file_find("/index.html");
    if (file)
        file_send(call, file, asset);
    else
        call_text(call, "text/html; charset=utf-8", BH_STR(bare_page));
}
