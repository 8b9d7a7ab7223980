#ifndef BH_API_SERVE_H
#define BH_API_SERVE_H
/* Serving one data folder over HTTP until told to stop (SIGTERM, SIGINT). */
#include "ledger/ledger.h"

struct serve_options {
    const struct world *world;
    const struct catalogue *catalogue;
    const char *folder;
    const char *address;            /* numeric; NULL = 127.0.0.1 */
    int port;                       /* 0 = any free one */
    const char *tls_cert, *tls_key; /* PEM files, both or none */
    const char *copy_to;  /* stream file that follows the log (ledger/backup.h), or NULL */
    bool behind_proxy;    /* a proxy on this machine ends TLS */
    int workers;          /* reading threads, at least 2; 0 = 2 */
    unsigned connections; /* at most; 0 = 30,000, less when the system allows less */
    bool english;         /* language of what is printed */
};

/* Prints the address, and a one-time administrator link while the log has no user. A non-loopback address needs
 * TLS or a proxy: DENIED. Returns after an orderly stop: no new requests, held ones answered, writer
 * drained. */
BH_MUST_USE bool serve_run(const struct serve_options *options, struct bh_err *err);

#endif
