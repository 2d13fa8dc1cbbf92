/* The connections of the load generator: they connect, upgrade, send, and compare every byte that comes back. */
#include "load.h"

struct client *clients;
struct totals totals;
void (*on_echo)(uint64_t message);

static const uint8_t key[4] = { 0x37, 0xFA, 0x21, 0x3D };
static int poller;
static uint8_t input[HELD_BYTES + READ_BYTES];
static uint8_t *pattern; /* payload of every message but for its first bytes, the stamp: the number of the message */
static uint8_t *batch;   /* masked frames, ready to be stamped and sent: as many as may be in flight */
static size_t frame_size, stamp_at;
static char request[256];
static size_t request_size;

uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void count_failures(enum failure kind, uint64_t number)
{
    totals.failures[kind] += number;
    totals.failed += number;
}

static void fail(struct client *c, enum failure kind)
{
    count_failures(kind, 1);
    stream_close(&c->stream);
    c->state = GONE;
    if (options.mode == HANDSHAKE && totals.sending && totals.failed < MOST_FAILURES)
        connect_client(c);
}

static void fail_by_errno(struct client *c)
{
    fail(c, errno == 0 ? CLOSED : errno == ECONNREFUSED || errno == EADDRNOTAVAIL ? NOT_CONNECTED : RESET);
}

/* Reading never stops: two ends that wait for each other to read would stand still forever. */
static void watch(struct client *c, int action)
{
    c->writing = c->stream.unsent_size > 0;
    struct epoll_event event = { .events = c->writing ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c };
    if (epoll_ctl(poller, action, c->stream.fd, &event) != 0)
        die("epoll_ctl");
}

void connect_client(struct client *c)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    struct sockaddr_in address = loopback(options.port);
    *c = (struct client){ .state = UPGRADING, .place = c->place };
    stream_open(&c->stream, fd);
    totals.started++;
    /* On loopback the connection stands when connect returns, so the request can mostly be sent at once. */
    if ((connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        || !stream_send(&c->stream, (uint8_t *)request, request_size)) {
        fail_by_errno(c);
        return;
    }
    watch(c, EPOLL_CTL_ADD);
}

void send_messages(struct client *c, uint32_t messages)
{
    for (uint32_t i = 0; i < messages; i++) {
        uint64_t stamp = c->sent++;
        mask(batch + i * frame_size + stamp_at, (uint8_t *)&stamp, STAMP_BYTES, key, 0);
    }
    totals.sent += messages;
    if (!stream_send(&c->stream, batch, messages * frame_size))
        fail_by_errno(c);
    else if (c->writing != (c->stream.unsent_size > 0))
        watch(c, EPOLL_CTL_MOD);
}

static void upgraded(struct client *c)
{
    c->state = OPEN;
    totals.opened++;
    if (options.mode == HANDSHAKE) {
        totals.count++;
        stream_close(&c->stream);
        c->state = GONE;
        if (totals.sending)
            connect_client(c);
    } else if (totals.started < options.connections) {
        connect_client(&clients[totals.started]);
    }
}

/* Returns the bytes of the answer, 0 while it is incomplete, -1 if this connection is over. */
static ssize_t read_answer(struct client *c, const uint8_t *in, size_t size)
{
    static const char field[] = "\r\nSec-WebSocket-Accept:", expected[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"; /* RFC 6455 section 1.3 */
    const uint8_t *end = memmem(in, size, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    char head[HELD_BYTES + 1];
    size_t length = (size_t)(end - in) + 2;
    if (length > HELD_BYTES || length < 12 || memcmp(in, "HTTP/1.1 101", 12) != 0) {
        fail(c, REFUSED);
        return -1;
    }
    memcpy(head, in, length);
    head[length] = 0;
    const char *accept = strcasestr(head, field);
    if (accept != NULL)
        accept += strlen(field) + strspn(accept + strlen(field), " \t");
    if (accept == NULL || strncmp(accept, expected, strlen(expected)) != 0) {
        fail(c, BAD_ACCEPT);
        return -1;
    }
    upgraded(c);
    return options.mode == HANDSHAKE ? -1 : (ssize_t)length + 2;
}

/* Whether these bytes of an echo are those that were sent. */
static bool same(const struct client *c, const uint8_t *in, size_t size)
{
    if (c->at + size > options.payload)
        return false;
    size_t stamped = 0;
    if (c->at < STAMP_BYTES) {
        stamped = size < STAMP_BYTES - c->at ? size : STAMP_BYTES - c->at;
        if (memcmp(in, (const uint8_t *)&c->echoed + c->at, stamped) != 0)
            return false;
    }
    return memcmp(in + stamped, pattern + c->at + stamped, size - stamped) == 0;
}

static void message_echoed(struct client *c)
{
    if (on_echo != NULL)
        on_echo(c->echoed * options.connections + c->place);
    c->echoed++;
    c->at = 0;
    totals.count++;
    totals.echoed++;
}

static bool answer_ping(struct client *c, const uint8_t *in)
{
    uint8_t pong[14 + 125];
    size_t head = frame_head(pong, 0x80 | OP_PONG, c->frame.size, key);
    mask(pong + head, in, (size_t)c->frame.size, key, 0);
    return stream_send(&c->stream, pong, head + (size_t)c->frame.size);
}

/* Takes frames and parts of frames. Returns the bytes used; the connection may be gone afterwards. */
static size_t read_frames(struct client *c, const uint8_t *in, size_t size)
{
    size_t used = 0;
    struct frame *f = &c->frame;
    for (;;) {
        size_t head = 0;
        if (!f->active && (head = frame_begin(f, in + used, size - used)) == 0)
            return used;
        size_t left = size - used - head;
        size_t part = left < f->size - f->done ? left : (size_t)(f->size - f->done);
        bool control = frame_opcode(f) >= OP_CLOSE;
        if (f->masked || (control && f->size > 125)) {
            fail(c, BAD_FRAME);
            return size;
        }
        if (control && part < f->size) { /* a control frame is taken whole */
            f->active = false;
            return used;
        }
        if (frame_opcode(f) == OP_CLOSE || (frame_opcode(f) == OP_PING && !answer_ping(c, in + used + head))) {
            fail(c, frame_opcode(f) == OP_CLOSE ? CLOSE_FRAME : RESET);
            return size;
        }
        if (!control && !same(c, in + used + head, part)) {
            fail(c, WRONG_ECHO);
            return size;
        }
        used += head + part;
        f->done += part;
        c->at += control ? 0 : part;
        if (f->done < f->size)
            return used;
        f->active = false;
        if (!control && f->first & 0x80) {
            if (c->at != options.payload) {
                fail(c, WRONG_ECHO);
                return size;
            }
            message_echoed(c);
        }
    }
}

static void readable(struct client *c)
{
    ssize_t size = stream_read(&c->stream, input);
    if (size < 0)
        fail_by_errno(c);
    if (size <= 0)
        return;
    ssize_t answer = c->state == UPGRADING ? read_answer(c, input, (size_t)size) : 0;
    if (answer < 0)
        return;
    size_t used = (size_t)answer;
    uint64_t before = c->echoed;
    if (c->state == OPEN)
        used += read_frames(c, input + used, (size_t)size - used);
    if (c->state == GONE)
        return;
    if (!stream_hold(&c->stream, input + used, (size_t)size - used))
        fail(c, REFUSED);
    else if (options.mode == RTT && totals.sending && c->echoed > before)
        send_messages(c, (uint32_t)(c->echoed - before));
}

void poll_until(uint64_t deadline)
{
    struct epoll_event events[EVENTS];
    uint64_t time = now(), wait = time < deadline ? deadline - time : 0;
    struct timespec timeout = { .tv_sec = (time_t)(wait / SECOND), .tv_nsec = (long)(wait % SECOND) };
    int ready = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
    if (ready < 0 && errno != EINTR)
        die("epoll_pwait2");
    for (int i = 0; i < ready; i++) {
        struct client *c = events[i].data.ptr;
        if (events[i].events & EPOLLOUT && c->writing) {
            if (!stream_flush(&c->stream)) {
                fail_by_errno(c);
                continue;
            }
            if (c->stream.unsent_size == 0)
                watch(c, EPOLL_CTL_MOD);
        }
        if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
            readable(c);
    }
}

void prepare_clients(void)
{
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        die("epoll");
    request_size = (size_t)snprintf(request, sizeof request,
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", options.port);
    clients = take(options.connections * sizeof *clients);
    for (uint32_t i = 0; i < options.connections; i++)
        clients[i].place = i;
    pattern = take(options.payload);
    uint32_t random = 2463534242; /* xorshift: bytes that a misplaced piece does not match */
    for (uint32_t i = STAMP_BYTES; i < options.payload; i++) {
        random ^= random << 13, random ^= random >> 17, random ^= random << 5;
        pattern[i] = (uint8_t)random;
    }
    batch = take((size_t)options.in_flight * (options.payload + 14));
    for (uint32_t i = 0; i < options.in_flight; i++) {
        stamp_at = frame_head(batch + i * frame_size, 0x80 | 2, options.payload, key);
        frame_size = stamp_at + options.payload;
        mask(batch + i * frame_size + stamp_at, pattern, options.payload, key, 0);
    }
}
