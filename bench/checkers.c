/* Subscribers that check what they get: of each key every number once, and in order. One thread, many connections to 127.0.0.1, plain WebSocket.
   Use: checkers -p PORT -P PATH -n SUBSCRIBERS -k KEYS -e KEYS_OF_EACH -c MESSAGES_OF_EACH_KEY
     Subscriber i reads KEYS_OF_EACH keys from the key i * KEYS_OF_EACH on, round and round, as PATH?topic=feed.KEY&…; PATH alone when it reads them all.
   A payload begins with its key (4 digits), its number within the key from 0 (8) and the time at which it was handed to the producer (16, ns of the monotonic clock).
   Prints "open" when all are connected, or one is lost. Then it answers each line of its input with a line of JSON: counts since the start, latencies since the last line that was "forget".
   At the end of the input it tells on standard error who got what twice, and ends. */
#include "ws.h"
#include <time.h>

enum {
    SECOND = 1000000000,
    KEY_DIGITS = 4,
    NUMBER_DIGITS = 8,
    TIME_DIGITS = 16,
    LEAST_PAYLOAD = KEY_DIGITS + NUMBER_DIGITS + TIME_DIGITS,
    OPENING_AT_ONCE = 64,
    RECEIVE_BYTES = 256 * 1024, /* the kernel's memory for thousands of sockets that are behind is bounded, too */
    SAMPLED = 16,               /* every such subscriber's latencies are taken */
    STEPS = 64,                 /* of the histogram for each doubling: 1.6 % */
    REQUEST_BYTES = HELD_BYTES,
    SHOWN_FAULTS = 5,
};

struct client {
    struct stream stream;
    enum { GONE, UPGRADING, OPEN } state;
    uint32_t place, first_key;
    uint32_t seen;     /* different messages */
    struct {
        uint32_t count, first_key, first, last_key, last, seen; /* seen: when the first came */
        uint64_t at, end;
    } doubled;
    uint32_t *next;    /* of each of its keys: one more than the highest number seen */
    uint64_t *numbers; /* of each of its keys: a bit for each number seen */
};

static struct options {
    uint16_t port;
    const char *path;
    uint32_t subscribers, keys, each, count;
} options;
static struct {
    uint32_t started, opened, gone, complete;
    uint64_t delivered, different, doubled, disordered, alien, last;
} totals;
static const uint8_t key[4] = { 0x37, 0xFA, 0x21, 0x3D };
static struct client *clients;
static int poller;
static uint32_t words; /* of the bits of one key */
static uint8_t input[HELD_BYTES + READ_BYTES];
static uint64_t histogram[64 * STEPS], samples;

static void connect_client(struct client *c);

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* ---- what can be wrong ---- */

static void show(const struct client *c, const char *what, uint64_t which, uint64_t number)
{
    static int shown;
    if (shown++ < SHOWN_FAULTS)
        fprintf(stderr, "subscriber %u: %s: %llu, %llu\n", c->place, what, (unsigned long long)which, (unsigned long long)number);
}

static void lose(struct client *c, const char *why, uint64_t code)
{
    show(c, why, c->seen, code);
    totals.gone++;
    stream_close(&c->stream);
    c->state = GONE;
}

/* ---- deliveries ---- */

static uint64_t read_digits(const uint8_t *in, int count)
{
    uint64_t number = 0;
    for (int i = 0; i < count; i++)
        number = number * 10 + (uint64_t)(in[i] - '0');
    return number;
}

static void record_latency(uint64_t begun)
{
    uint64_t latency = totals.last > begun ? totals.last - begun : 1;
    int doubling = 63 - __builtin_clzll(latency);
    uint64_t step = doubling < 6 ? 0 : latency >> (doubling - 6) & (STEPS - 1);
    histogram[(size_t)doubling * STEPS + step]++;
    samples++;
}

static double percentile_ms(double share)
{
    uint64_t wanted = (uint64_t)(share * (double)samples), seen = 0;
    for (size_t i = 0; i < 64 * STEPS; i++) {
        if ((seen += histogram[i]) > wanted)
            return (double)(1ull << i / STEPS) * (1 + (double)(i % STEPS) / STEPS) / 1e6;
    }
    return 0;
}

static void note_doubled(struct client *c, uint32_t which, uint32_t number)
{
    totals.doubled++;
    if (c->doubled.count++ == 0) {
        c->doubled.first_key = which;
        c->doubled.first = number;
        c->doubled.seen = c->seen;
        c->doubled.at = totals.last;
    }
    c->doubled.last_key = which;
    c->doubled.last = number;
    c->doubled.end = totals.last;
}

static void tell_doubled(void)
{
    for (uint32_t i = 0; i < options.subscribers; i++) {
        const struct client *c = &clients[i];
        if (c->doubled.count > 0)
            fprintf(stderr, "subscriber %u: %u doubled, from number %u of key %u to number %u of key %u, after %u messages, %.3f to %.3f s before the last delivery\n", i,
                c->doubled.count, c->doubled.first, c->doubled.first_key, c->doubled.last, c->doubled.last_key, c->doubled.seen,
                (double)(totals.last - c->doubled.at) / SECOND, (double)(totals.last - c->doubled.end) / SECOND);
    }
}

static void delivered(struct client *c, const uint8_t *payload, uint64_t size)
{
    uint64_t which = size < LEAST_PAYLOAD ? options.keys : read_digits(payload, KEY_DIGITS);
    uint64_t number = size < LEAST_PAYLOAD ? 0 : read_digits(payload + KEY_DIGITS, NUMBER_DIGITS);
    uint32_t place = (uint32_t)((which + options.keys - c->first_key) % options.keys);
    totals.delivered++;
    if (which >= options.keys || number >= options.count || place >= options.each) {
        totals.alien++;
        show(c, "a message that is not for it", which, number);
        return;
    }
    uint64_t *word = &c->numbers[(size_t)place * words + number / 64], bit = 1ull << number % 64;
    if (*word & bit) {
        note_doubled(c, (uint32_t)which, (uint32_t)number);
        return;
    }
    *word |= bit;
    totals.different++;
    if (number < c->next[place]) {
        totals.disordered++;
        show(c, "out of order", which, number);
    } else {
        c->next[place] = (uint32_t)number + 1;
    }
    if (++c->seen == options.each * options.count)
        totals.complete++;
    if (c->place % SAMPLED == 0)
        record_latency(read_digits(payload + KEY_DIGITS + NUMBER_DIGITS, TIME_DIGITS));
}

static void take_frame(struct client *c, const struct frame *f, const uint8_t *payload)
{
    if (f->masked || (f->first & 0xF0) != 0x80) {
        lose(c, "a bad frame", f->first);
    } else if (frame_opcode(f) == OP_CLOSE) {
        lose(c, "closed after so many messages with", f->size >= 2 ? (uint64_t)payload[0] << 8 | payload[1] : 0);
    } else if (frame_opcode(f) == OP_PING) {
        uint8_t frame[14 + 125];
        size_t head = frame_head(frame, 0x80 | OP_PONG, f->size, key);
        mask(frame + head, payload, f->size, key, 0);
        /* What a full socket does not take of a pong is of no use later. */
        if (send(c->stream.fd, frame, head + f->size, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
            lose(c, strerror(errno), 0);
    } else if (frame_opcode(f) != OP_PONG) {
        delivered(c, payload, f->size);
    }
}

/* Whole frames only. Returns the bytes used. */
static size_t read_frames(struct client *c, const uint8_t *in, size_t size)
{
    size_t used = 0;
    struct frame f;
    for (size_t head; c->state == OPEN && (head = frame_begin(&f, in + used, size - used)) > 0 && f.size <= size - used - head; used += head + (size_t)f.size)
        take_frame(c, &f, in + used + head);
    return used;
}

/* ---- connections ---- */

static size_t read_answer(struct client *c, const uint8_t *in, size_t size)
{
    const uint8_t *end = memmem(in, size, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    if (memcmp(in, "HTTP/1.1 101", 12) != 0) {
        lose(c, "refused", read_digits(in + 9, 3));
        return 0;
    }
    c->state = OPEN;
    totals.opened++;
    if (totals.started < options.subscribers)
        connect_client(&clients[totals.started++]);
    return (size_t)(end - in) + 4;
}

static void readable(struct client *c)
{
    ssize_t size = stream_read(&c->stream, input);
    if (size < 0)
        lose(c, errno == 0 ? "end of the stream" : strerror(errno), 0);
    if (size <= 0)
        return;
    size_t used = c->state == UPGRADING ? read_answer(c, input, (size_t)size) : 0;
    used += read_frames(c, input + used, (size_t)size - used);
    if (c->state != GONE && !stream_hold(&c->stream, input + used, (size_t)size - used))
        lose(c, "too much at once", (uint64_t)size - used);
}

static int request_for(const struct client *c, char *request)
{
    int size = snprintf(request, REQUEST_BYTES, "GET %s", options.path);
    for (uint32_t i = 0; options.each < options.keys && i < options.each; i++)
        size += snprintf(request + size, REQUEST_BYTES - (size_t)size, "%ctopic=feed.%0*u", i == 0 ? '?' : '&', KEY_DIGITS, (c->first_key + i) % options.keys);
    return size + snprintf(request + size, REQUEST_BYTES - (size_t)size,
        " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", options.port);
}

static void connect_client(struct client *c)
{
    char request[REQUEST_BYTES];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), receive = RECEIVE_BYTES;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive) != 0)
        die("socket");
    struct sockaddr_in address = loopback(options.port);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
    *c = (struct client){ .state = UPGRADING, .place = (uint32_t)(c - clients) };
    c->first_key = (uint32_t)((uint64_t)c->place * options.each % options.keys);
    c->next = take(options.each * sizeof *c->next);
    c->numbers = take((size_t)options.each * words * sizeof *c->numbers);
    stream_open(&c->stream, fd);
    /* On loopback the connection stands when connect returns, and the socket takes the request at once. */
    if ((connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        || !stream_send(&c->stream, (uint8_t *)request, (size_t)request_for(c, request)) || c->stream.unsent_size > 0)
        lose(c, "not connected", (uint64_t)errno);
    else if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl");
}

/* ---- the run ---- */

/* False at the end of the input. */
static bool answer(void)
{
    char line[64];
    ssize_t size = read(STDIN_FILENO, line, sizeof line);
    if (size <= 0)
        return false;
    printf("{\"opened\": %u, \"gone\": %u, \"complete\": %u, \"delivered\": %llu, \"different\": %llu, \"doubled\": %llu, \"disordered\": %llu, \"alien\": %llu, "
           "\"last_ns\": %llu, \"samples\": %llu, \"p50_ms\": %.2f, \"p99_ms\": %.2f}\n",
        totals.opened, totals.gone, totals.complete, (unsigned long long)totals.delivered, (unsigned long long)totals.different,
        (unsigned long long)totals.doubled, (unsigned long long)totals.disordered, (unsigned long long)totals.alien, (unsigned long long)totals.last,
        (unsigned long long)samples, percentile_ms(.5), percentile_ms(.99));
    fflush(stdout);
    if (line[0] == 'f') {
        memset(histogram, 0, sizeof histogram);
        samples = 0;
    }
    return true;
}

static void run(void)
{
    struct epoll_event events[EVENTS], questions = { .events = EPOLLIN, .data.ptr = NULL };
    if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &questions) != 0)
        die("epoll_ctl");
    bool said = false;
    while (true) {
        int ready = epoll_wait(poller, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct client *c = events[i].data.ptr;
            if (c == NULL && !answer())
                return;
            totals.last = c != NULL ? now() : totals.last;
            if (c != NULL && c->state != GONE)
                readable(c);
        }
        if (!said && (totals.opened == options.subscribers || totals.gone > 0)) {
            said = true;
            puts("open");
            fflush(stdout);
        }
    }
}

static void usage(void)
{
    fprintf(stderr, "use: see the top of checkers.c\n");
    exit(64);
}

static void read_options(int count, char **arguments)
{
    for (int option; (option = getopt(count, arguments, "p:P:n:k:e:c:")) != -1;) {
        switch (option) {
        case 'p': options.port = (uint16_t)atoi(optarg); break;
        case 'P': options.path = optarg; break;
        case 'n': options.subscribers = (uint32_t)atoi(optarg); break;
        case 'k': options.keys = (uint32_t)atoi(optarg); break;
        case 'e': options.each = (uint32_t)atoi(optarg); break;
        case 'c': options.count = (uint32_t)atoi(optarg); break;
        default: usage();
        }
    }
    if (options.port == 0 || options.path == NULL || options.subscribers == 0 || options.keys == 0 || options.keys > 9999 || options.each == 0
        || options.each > options.keys || (options.each < options.keys && options.each > 300) || options.count == 0)
        usage();
}

int main(int count, char **arguments)
{
    read_options(count, arguments);
    raise_descriptor_limit();
    words = options.count / 64 + 1;
    clients = take(options.subscribers * sizeof *clients);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        die("epoll");
    while (totals.started < options.subscribers && totals.started < OPENING_AT_ONCE)
        connect_client(&clients[totals.started++]);
    run();
    tell_doubled();
    return 0;
}
