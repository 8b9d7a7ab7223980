#ifndef BH_API_HTTP_HEADERS_H
#define BH_API_HTTP_HEADERS_H
/* Inside http.c only: the headers every answer carries, and those it was given. */
#include "api/http.h"

struct MHD_Response;
/* total_us: since the request was complete. */
void http_headers_add(struct MHD_Response *response, struct http_request *request,
                      int64_t total_us);

#endif
