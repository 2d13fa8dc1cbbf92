/* The connections of the fan-out client: they connect, upgrade, greet, and check every message that comes. */
#include "subscribers.h"

enum {
    SAMPLED = 16, /* every such subscriber's latencies are taken */
    STEPS = 64,   /* of the histogram for each doubling: 1.6 % */
};

struct options options = { .subscribers = 1, .rate = 1, .payload = 128, .on_their_way = 64, .windows = 1, .seconds = 1 };
struct totals totals;
struct client *clients, *publisher;
bool sampling;
const char *const failure_names[FAILURES]
    = { "not_connected", "refused", "closed", "reset", "bad_frame", "wrong_message", "publish_refused", "unopened" };

static const uint8_t key[4] = { 0x37, 0xFA, 0x21, 0x3D };
static int poller;
static uint8_t input[HELD_BYTES + READ_BYTES];
static uint32_t *reached, ring; /* how many subscribers each message on its way has reached */
static uint64_t histogram[64 * STEPS], samples;
static uint32_t before_bytes, delivered_bytes;

uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static uint64_t read_digits(const uint8_t *in)
{
    uint64_t number = 0;
    for (int i = 0; i < DIGITS; i++)
        number = number * 10 + (uint64_t)(in[i] - '0');
    return number;
}

/* ---- connections ---- */

static void fail(struct client *c, enum failure kind, const uint8_t *seen, size_t size)
{
    if (totals.failed++ == 0)
        fprintf(stderr, "%s %s: %.*s\n", c == publisher ? "publisher" : "subscriber", failure_names[kind], (int)(size < 300 ? size : 300), (const char *)seen);
    totals.failures[kind]++;
    stream_close(&c->stream);
    c->state = GONE;
}

static void fail_by_errno(struct client *c)
{
    const char *why = errno == 0 ? "end of the stream" : strerror(errno);
    fail(c, errno == 0 ? CLOSED : errno == ECONNREFUSED || errno == EADDRNOTAVAIL ? NOT_CONNECTED : RESET, (const uint8_t *)why, strlen(why));
}

static void watch(struct client *c, int action)
{
    c->writing = c->stream.unsent_size > 0;
    struct epoll_event event = { .events = c->writing ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = c };
    if (epoll_ctl(poller, action, c->stream.fd, &event) != 0)
        die("epoll_ctl");
}

void send_bytes(struct client *c, const uint8_t *bytes, size_t size)
{
    if (!stream_send(&c->stream, bytes, size))
        fail_by_errno(c);
    else if (c->writing != (c->stream.unsent_size > 0))
        watch(c, EPOLL_CTL_MOD);
}

static void send_frame(struct client *c, uint8_t first, const uint8_t *payload, size_t size)
{
    uint8_t frame[14 + 125];
    size_t head = frame_head(frame, first, size, key);
    mask(frame + head, payload, size, key, 0);
    send_bytes(c, frame, head + size);
}

void connect_client(struct client *c)
{
    const char *protocol = c == publisher ? options.dialect->publisher_protocol : NULL;
    char request[512];
    int size = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n", c == publisher ? options.dialect->publisher_path : options.dialect->subscriber_path,
        options.port, protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "", protocol ? "\r\n" : "");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        die("socket");
    struct sockaddr_in address = loopback(options.port);
    *c = (struct client){ .state = UPGRADING, .place = (uint32_t)(c - clients) };
    stream_open(&c->stream, fd);
    /* On loopback the connection stands when connect returns, so the request can mostly be sent at once. */
    if ((connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) || !stream_send(&c->stream, (uint8_t *)request, (size_t)size))
        fail_by_errno(c);
    else
        watch(c, EPOLL_CTL_ADD);
}

static void opened(struct client *c)
{
    c->state = OPEN;
    totals.opened++;
    if (totals.started < options.subscribers)
        connect_client(&clients[totals.started++]);
}

/* Returns the bytes of the answer, 0 while it is incomplete or when this connection is over. */
static size_t read_answer(struct client *c, const uint8_t *in, size_t size)
{
    const char *greeting = options.dialect->greeting;
    const uint8_t *end = memmem(in, size, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    if (size < 12 || memcmp(in, "HTTP/1.1 101", 12) != 0) {
        fail(c, REFUSED, in, size);
        return 0;
    }
    c->state = GREETING;
    if (greeting != NULL)
        send_frame(c, 0x81, (const uint8_t *)greeting, strlen(greeting));
    else
        opened(c);
    return (size_t)(end - in) + 4;
}

/* ---- deliveries ---- */

static void record_latency(uint64_t planned)
{
    uint64_t time = now(), latency = time > planned ? time - planned : 1;
    int doubling = 63 - __builtin_clzll(latency);
    uint64_t step = doubling < 6 ? 0 : latency >> (doubling - 6) & (STEPS - 1);
    histogram[(size_t)doubling * STEPS + step]++;
    samples++;
}

double percentile_us(double share)
{
    uint64_t wanted = (uint64_t)(share * (double)samples), seen = 0;
    for (size_t i = 0; i < 64 * STEPS; i++) {
        if ((seen += histogram[i]) > wanted)
            return (double)(1ull << i / STEPS) * (1 + (double)(i % STEPS) / STEPS) / 1000;
    }
    return 0;
}

void forget_latencies(void)
{
    memset(histogram, 0, sizeof histogram);
    samples = 0;
}

static void reach(uint64_t number)
{
    reached[number & (ring - 1)]++;
    while (totals.everywhere < totals.published && reached[totals.everywhere & (ring - 1)] == options.subscribers)
        reached[totals.everywhere++ & (ring - 1)] = 0;
}

static void delivered(struct client *c, const uint8_t *payload)
{
    uint64_t number = read_digits(payload + DIGITS);
    if (number >= totals.published) {
        fail(c, WRONG_MESSAGE, payload, 2 * DIGITS);
        return;
    }
    totals.delivered++;
    if (number < c->next) {
        totals.misplaced++;
        return;
    }
    totals.lost += number - c->next;
    while (c->next <= number)
        reach(c->next++);
    if (sampling && c->place % SAMPLED == 0)
        record_latency(read_digits(payload));
}

static bool is(const struct client *c, const char *text)
{
    return text != NULL && c->at == strlen(text) && memcmp(c->start, text, c->at) == 0;
}

static void message_ended(struct client *c)
{
    const struct dialect *d = options.dialect;
    size_t kept = c->at < START_BYTES ? c->at : START_BYTES;
    if (c->state == GREETING && is(c, d->greeted))
        opened(c);
    else if (c == publisher ? d->refusal && memmem(c->start, kept, d->refusal, strlen(d->refusal)) : c->state != OPEN)
        fail(c, c == publisher ? PUBLISH_REFUSED : WRONG_MESSAGE, c->start, kept);
    else if (c != publisher && c->at == delivered_bytes && memcmp(c->start, d->before, before_bytes) == 0)
        delivered(c, c->start + before_bytes);
    else if (c != publisher && !is(c, d->ping))
        fail(c, WRONG_MESSAGE, c->start, kept);
    c->at = 0;
}

static void take_payload(struct client *c, const uint8_t *in, size_t size)
{
    const int separator = options.dialect->separator;
    while (size > 0 && c->state != GONE) {
        const uint8_t *end = separator ? memchr(in, separator, size) : NULL;
        size_t part = end ? (size_t)(end - in) + 1 : size;
        if (c->at < START_BYTES)
            memcpy(c->start + c->at, in, part < START_BYTES - c->at ? part : START_BYTES - c->at);
        c->at += (uint32_t)part;
        in += part;
        size -= part;
        if (end)
            message_ended(c);
    }
}

/* A control frame, whole. */
static void take_control(struct client *c, const uint8_t *payload)
{
    int opcode = frame_opcode(&c->frame);
    if (opcode == OP_CLOSE)
        fail(c, CLOSED, payload + 2, c->frame.size > 2 ? (size_t)c->frame.size - 2 : 0);
    else if (opcode == OP_PING)
        send_frame(c, 0x80 | OP_PONG, payload, (size_t)c->frame.size);
}

/* Takes frames and parts of frames. Returns the bytes used; the connection may be gone afterwards. */
static size_t read_frames(struct client *c, const uint8_t *in, size_t size)
{
    size_t used = 0;
    struct frame *f = &c->frame;
    while (used < size && c->state != GONE) {
        size_t head = 0;
        if (!f->active && (head = frame_begin(f, in + used, size - used)) == 0)
            return used;
        size_t left = size - used - head;
        size_t part = left < f->size - f->done ? left : (size_t)(f->size - f->done);
        bool control = frame_opcode(f) >= OP_CLOSE;
        if (f->masked || f->first & 0x70 || (control && f->size > 125)) {
            fail(c, BAD_FRAME, in + used, 0);
            return size;
        }
        if (control && part < f->size) { /* a control frame is taken whole */
            f->active = false;
            return used;
        }
        if (control)
            take_control(c, in + used + head);
        else
            take_payload(c, in + used + head, part);
        used += head + part;
        f->done += part;
        f->active = f->done < f->size;
        if (!f->active && !control && f->first & 0x80 && !options.dialect->separator && c->state != GONE)
            message_ended(c);
    }
    return used;
}

static void readable(struct client *c)
{
    ssize_t size = stream_read(&c->stream, input);
    if (size < 0)
        fail_by_errno(c);
    if (size <= 0)
        return;
    size_t used = c->state == UPGRADING ? read_answer(c, input, (size_t)size) : 0;
    if (c->state == GREETING || c->state == OPEN)
        used += read_frames(c, input + used, (size_t)size - used);
    if (c->state != GONE && !stream_hold(&c->stream, input + used, (size_t)size - used))
        fail(c, REFUSED, input + used, (size_t)size - used);
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
    const struct dialect *d = options.dialect;
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        die("epoll");
    clients = take((options.subscribers + 1) * sizeof *clients);
    publisher = &clients[options.subscribers];
    before_bytes = (uint32_t)strlen(d->before);
    delivered_bytes = before_bytes + options.payload + (uint32_t)strlen(d->after);
    for (ring = 1; ring < options.on_their_way; ring *= 2)
        ;
    reached = take(ring * sizeof *reached);
}
