/* The limit of fan-out: a program that does nothing else. It hears one channel of the store and writes each payload, framed once, to
 * every socket that is open. It reads no request: every connection is answered the same handshake.
 *
 *   cc -O2 -o limit limit.c
 *   ./limit SOCKET_OF_STORE CHANNEL        prints "port N" and serves until its standard input ends
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 65536
#define ROOM (1 << 20)

enum state { FREE, GREETED_NOT, OPEN };

static enum state states[MOST];
static int open_fds[MOST], open_count;
static char heard[ROOM];
static size_t heard_len;
static unsigned char frame[ROOM];

static const char ANSWER[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(int poll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event))
        die("epoll_ctl");
}

static int reach_store(const char *path, const char *channel)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address))
        die("store");
    dprintf(fd, "*2\r\n$9\r\nSUBSCRIBE\r\n$%zu\r\n%s\r\n", strlen(channel), channel);
    return fd;
}

static int listen_anywhere(void)
{
    int one = 1, low = 16384, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof low);
    if (bind(fd, (struct sockaddr *)&address, length) || listen(fd, 4096))
        die("listen");
    getsockname(fd, (struct sockaddr *)&address, &length);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void write_to_all(const char *payload, size_t length)
{
    size_t head = 2;
    frame[0] = 0x81;
    if (length < 126) {
        frame[1] = (unsigned char)length;
    } else {
        frame[1] = 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        head = 4;
    }
    memcpy(frame + head, payload, length);
    for (int i = 0; i < open_count; i++)
        send(open_fds[i], frame, head + length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* One push of the store: *3 $7 message $n channel $m payload. Returns its length, 0 when it is not whole yet. */
static size_t take_push(const char *at, size_t left)
{
    const char *p = at, *end = at + left;
    long lengths[3];
    const char *parts[3];
    if (left < 4 || memcmp(p, "*3\r\n", 4))
        return 0;
    p += 4;
    for (int i = 0; i < 3; i++) {
        if (p >= end || (*p != '$' && *p != ':'))
            return 0;
        const char *line = memmem(p, (size_t)(end - p), "\r\n", 2);
        if (!line)
            return 0;
        lengths[i] = *p == '$' ? strtol(p + 1, NULL, 10) : -2;
        parts[i] = line + 2;
        p = parts[i] + lengths[i] + 2;
        if (p > end)
            return 0;
    }
    if (lengths[0] == 7 && lengths[2] < 65536)
        write_to_all(parts[2], (size_t)lengths[2]);
    return (size_t)(p - at);
}

static void hear(int store)
{
    ssize_t got = recv(store, heard + heard_len, sizeof heard - heard_len, 0);
    if (got <= 0)
        exit(0);
    heard_len += (size_t)got;
    size_t done = 0, taken;
    while ((taken = take_push(heard + done, heard_len - done)))
        done += taken;
    memmove(heard, heard + done, heard_len - done);
    heard_len -= done;
}

static void greet(int fd)
{
    char request[8192];
    ssize_t got = recv(fd, request, sizeof request, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        close(fd);
        states[fd] = FREE;
        for (int i = 0; i < open_count; i++)
            if (open_fds[i] == fd)
                open_fds[i--] = open_fds[--open_count];
    } else if (states[fd] == GREETED_NOT) {
        send(fd, ANSWER, sizeof ANSWER - 1, MSG_NOSIGNAL);
        states[fd] = OPEN;
        open_fds[open_count++] = fd;
    }
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: limit SOCKET_OF_STORE CHANNEL\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int poll = epoll_create1(0), store = reach_store(arguments[1], arguments[2]), door = listen_anywhere();
    watch(poll, store);
    watch(poll, door);
    watch(poll, STDIN_FILENO);
    for (;;) {
        struct epoll_event events[512];
        int ready = epoll_wait(poll, events, 512, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd, client;
            if (fd == STDIN_FILENO)
                return 0;
            if (fd == store) {
                hear(store);
            } else if (fd != door) {
                greet(fd);
            } else {
                while ((client = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0 && client < MOST) {
                    states[client] = GREETED_NOT;
                    watch(poll, client);
                }
            }
        }
    }
}
