/*
 * bench_echo PORT: the bare HTTP loop. Reads a request, answers fixed bytes: what sockets, epoll and the generator
 * cost on this machine before anything is done for the answer. Runs until it is ended.
 */
#include "base/arena.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 64, REQUEST_MAX = 64 << 10, DESCRIPTORS_MAX = 4096 };

static char *buffer[DESCRIPTORS_MAX];
static size_t filled[DESCRIPTORS_MAX];

static size_t body_length(const char *head)
{
    const char *at = strcasestr(head, "content-length:");
    return at ? strtoul(at + 15, NULL, 10) : 0;
}

/* Answers every whole request in the buffer. False when the connection has ended. */
static bool serve(int socket)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 "Content-Length: 15\r\n\r\n{\"position\":1}\n";
    char *at = buffer[socket];
    ssize_t got = read(socket, at + filled[socket], (size_t)REQUEST_MAX - 1 - filled[socket]);
    if (got <= 0)
        return false;
    filled[socket] += (size_t)got;
    at[filled[socket]] = 0;
    for (char *end = NULL; (end = strstr(at, "\r\n\r\n")) != NULL;) {
        size_t whole = (size_t)(end - at) + 4 + body_length(at);
        if (filled[socket] < whole)
            return true;
        memmove(at, at + whole, filled[socket] - whole + 1);
        filled[socket] -= whole;
        if (write(socket, answer, sizeof answer - 1) != (ssize_t)sizeof answer - 1)
            return false;
    }
    return true;
}

static void take(int listening, int poll)
{
    int one = 1, socket = accept(listening, NULL, NULL);
    if (socket < 0 || socket >= DESCRIPTORS_MAX)
        return;
    if (!buffer[socket])
        buffer[socket] = bh_alloc(REQUEST_MAX);
    filled[socket] = 0;
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)epoll_ctl(poll, EPOLL_CTL_ADD, socket,
                    &(struct epoll_event){.events = EPOLLIN, .data.fd = socket});
}

int main(int count, char **arguments)
{
    int one = 1, listening = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((uint16_t)(count == 2 ? strtoul(arguments[1], NULL, 10) : 0));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listening, 512) != 0) {
        perror("bench_echo");
        return 1;
    }
    (void)epoll_ctl(poll, EPOLL_CTL_ADD, listening,
                    &(struct epoll_event){.events = EPOLLIN, .data.fd = listening});
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listening)
                take(listening, poll);
            else if (!serve(events[i].data.fd))
                (void)close(events[i].data.fd);
        }
    }
}
