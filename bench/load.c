/* Many websocket clients in one process: connects, subscribes, counts what arrives and how old it is.
 *
 *   cc -O2 -o load load.c
 *   ./load PORT PATH TOKEN SUBSCRIBE      TOKEN, SUBSCRIBE may be "-": none
 *
 * Reads commands, a line each. "more N" connects N further clients and prints {"ready": n, "failed": n} once every client is answered
 * (with SUBSCRIBE: has its first message). "mark" prints {"messages", "p50_us", "p99_us", "open"} since the last mark. The end of the
 * input ends the program. The age of a message is the time
 * (UTC) minus the number after "captured_at_ns": in it. {"ping": n} is answered with {"pong": n}, a protocol ping with its pong.
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
#include <time.h>
#include <unistd.h>

#define ROOM (1 << 20)
/* Ages in 16 steps for each doubling, from 1 us. */
#define STEPS 16
#define BUCKETS (40 * STEPS)
/* Handshakes under way at a time: as many as a storm of returning clients, and well under the backlog. */
#define AT_ONCE 64
#define MOST 65536

enum state { CONNECTING, ASKING, WAITING, OPEN, DEAD };

struct client {
    int fd;
    enum state state;
    uint32_t kept;
    uint8_t *pending;
};

static struct client clients[MOST];
static int wanted, told, started, settled, dead, poll_fd, port;
static const char *path, *token, *subscribe;
static uint8_t room[ROOM];
static uint64_t messages, ages[BUCKETS];

static uint64_t utc_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void note_age(uint64_t ns)
{
    uint64_t us = ns / 1000 + 1;
    int octave = 63 - __builtin_clzll(us);
    int step = octave >= 4 ? (int)((us >> (octave - 4)) & (STEPS - 1)) : (int)((us << (4 - octave)) & (STEPS - 1));
    int bucket = octave * STEPS + step;
    ages[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
}

static double age_at(double share)
{
    uint64_t all = 0, seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        all += ages[i];
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += ages[i]) > share * (double)all)
            return (double)(1ull << (i / STEPS)) * (1 + (i % STEPS + 0.5) / STEPS);
    return 0;
}

static void settle(struct client *client, enum state state)
{
    if (client->state < OPEN)
        settled++;
    client->state = state;
}

static void bury(struct client *client)
{
    if (client->state == DEAD)
        return;
    settle(client, DEAD);
    dead++;
    close(client->fd);
}

static void say(struct client *client, int opcode, const void *payload, size_t length)
{
    uint8_t frame[4096] = {(uint8_t)(0x80 | opcode)};
    size_t head = 2;
    if (length < 126) {
        frame[1] = (uint8_t)(0x80 | length);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(length >> 8);
        frame[3] = (uint8_t)length;
        head = 4;
    }
    head += 4; /* the mask is zero: allowed, and the payload stays as it is */
    memcpy(frame + head, payload, length);
    if (send(client->fd, frame, head + length, MSG_NOSIGNAL) < 0)
        bury(client);
}

static void message(struct client *client, const uint8_t *payload, size_t length)
{
    char reply[64];
    if (client->state == WAITING) {
        settle(client, OPEN);
        return;
    }
    if (length > 8 && !memcmp(payload, "{\"ping\":", 8)) {
        int size = snprintf(reply, sizeof reply, "{\"pong\":%ld}", strtol((const char *)payload + 8, NULL, 10));
        say(client, 1, reply, (size_t)size);
        return;
    }
    static const char key[] = "\"captured_at_ns\":";
    const char *at = memmem(payload, length, key, sizeof key - 1);
    messages++;
    if (at) {
        uint64_t then = strtoull(at + sizeof key - 1, NULL, 10), now = utc_ns();
        note_age(now > then ? now - then : 0);
    }
}

/* Takes whole frames from `data`; returns how many bytes are left over. */
static size_t take_frames(struct client *client, uint8_t *data, size_t length)
{
    while (length >= 2 && client->state != DEAD) {
        size_t head = 2, size = data[1] & 127;
        if (size == 126) {
            if (length < 4)
                break;
            size = (size_t)data[2] << 8 | data[3];
            head = 4;
        } else if (size == 127) {
            if (length < 10)
                break;
            size = 0;
            for (int i = 2; i < 10; i++)
                size = size << 8 | data[i];
            head = 10;
        }
        if (length < head + size)
            break;
        int opcode = data[0] & 15;
        if (opcode == 8)
            bury(client);
        else if (opcode == 9)
            say(client, 10, data + head, size);
        else if (opcode < 8)
            message(client, data + head, size);
        memmove(data, data + head + size, length - head - size);
        length -= head + size;
    }
    return length;
}

static void answered(struct client *client, const uint8_t *answer)
{
    if (memcmp(answer + 9, "101", 3)) {
        fprintf(stderr, "load: refused: %.60s\n", answer);
        bury(client);
    } else if (*subscribe == '-') {
        settle(client, OPEN);
    } else {
        client->state = WAITING;
        say(client, 1, subscribe, strlen(subscribe));
    }
}

static void receive(struct client *client)
{
    memcpy(room, client->pending, client->kept);
    ssize_t got = recv(client->fd, room + client->kept, ROOM - client->kept, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        bury(client);
        return;
    }
    size_t length = client->kept + (size_t)got;
    if (client->state == ASKING) {
        uint8_t *end = memmem(room, length, "\r\n\r\n", 4);
        if (end) {
            size_t head = (size_t)(end + 4 - room);
            answered(client, room);
            memmove(room, room + head, length - head);
            length = take_frames(client, room, length - head);
        }
    } else {
        length = take_frames(client, room, length);
    }
    client->pending = realloc(client->pending, length + 1);
    memcpy(client->pending, room, length);
    client->kept = (uint32_t)length;
}

static void ask(struct client *client)
{
    char request[4096];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Protocol: takt.v1.json\r\n%s%s%s\r\n",
                          path, port, *token == '-' ? "" : "Authorization: Bearer ", *token == '-' ? "" : token, *token == '-' ? "" : "\r\n");
    if (error || send(client->fd, request, (size_t)length, MSG_NOSIGNAL) != length) {
        bury(client);
        return;
    }
    client->state = ASKING;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, client->fd, &event);
}

static void start(struct client *client)
{
    int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0) {
        perror("load: socket");
        exit(1);
    }
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    client->state = CONNECTING;
    client->pending = malloc(1);
    started++;
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = client};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, client->fd, &event);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        bury(client);
}

static void mark(void)
{
    printf("{\"messages\":%llu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"open\":%d}\n", (unsigned long long)messages, age_at(.5), age_at(.99), started - dead);
    fflush(stdout);
    messages = 0;
    memset(ages, 0, sizeof ages);
}

static void obey(void)
{
    char line[256];
    if (!fgets(line, sizeof line, stdin))
        exit(0);
    if (!strncmp(line, "more ", 5) && wanted + atoi(line + 5) <= MOST)
        wanted += atoi(line + 5);
    else
        mark();
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: load PORT PATH TOKEN SUBSCRIBE\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    port = atoi(arguments[1]);
    path = arguments[2];
    token = arguments[3];
    subscribe = arguments[4];
    poll_fd = epoll_create1(0);
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL}, events[1024];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    for (;;) {
        while (started < wanted && started - settled < AT_ONCE)
            start(&clients[started]);
        if (told < wanted && settled >= wanted) {
            told = wanted;
            printf("{\"ready\":%d,\"failed\":%d}\n", wanted - dead, dead);
            fflush(stdout);
        }
        int ready = epoll_wait(poll_fd, events, 1024, 200);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (!client)
                obey();
            else if (client->state == CONNECTING)
                ask(client);
            else if (client->state != DEAD)
                receive(client);
        }
    }
}
