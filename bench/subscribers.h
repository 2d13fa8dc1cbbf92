/* What the two halves of the fan-out client share: subscriptions.c holds the connections and checks what comes, subscribers.c publishes and counts. */
#ifndef BASCULE_BENCH_SUBSCRIBERS_H
#define BASCULE_BENCH_SUBSCRIBERS_H

#include "ws.h"
#include <time.h>

enum {
    SECOND = 1000000000,
    DIGITS = 16,
    START_BYTES = 96, /* of a message that are kept: the text before the payload, and its numbers */
};

enum mode { RATE, MOST, IDLE };

/* What a server wants to hear, and what it sends. In `publish`, # stands for the number of the message and @ for its payload. */
struct dialect {
    const char *name, *subscriber_path, *publisher_path, *publisher_protocol;
    const char *greeting, *greeted; /* sent after the 101, and the answer */
    const char *publish;
    const char *before, *after; /* a payload that is delivered stands between them */
    int separator;              /* the last byte of a message; 0: a message is what a WebSocket frame ends */
    const char *ping;           /* a message of its own that is not one of the topic */
    const char *refusal;        /* what the publisher must not hear */
};

/* What can go wrong with a connection; a run with any of these is not a result. */
enum failure { NOT_CONNECTED, REFUSED, CLOSED, RESET, BAD_FRAME, WRONG_MESSAGE, PUBLISH_REFUSED, UNOPENED, FAILURES };

struct options {
    enum mode mode;
    const struct dialect *dialect;
    uint16_t port;
    uint32_t subscribers, rate, payload, on_their_way, windows;
    double warm_seconds, seconds;
};

/* A measured time. */
struct window {
    uint64_t count, published;
    double seconds, cpu, p50_us, p99_us;
};

struct totals {
    uint32_t started, opened;
    uint64_t delivered, lost, misplaced; /* deliveries; misplaced: after the same or a later one */
    uint64_t published, everywhere;    /* messages; those before `everywhere` have reached every subscriber */
    uint64_t failures[FAILURES], failed;
};

struct client {
    struct stream stream;
    struct frame frame;
    enum { GONE, UPGRADING, GREETING, OPEN } state;
    bool writing;   /* waits for room to send */
    uint32_t place; /* among the clients; the publisher is the one after the last subscriber */
    uint32_t at;    /* bytes seen of the message that is coming in */
    uint64_t next;  /* number of the next message */
    uint8_t start[START_BYTES];
};

extern struct options options;
extern struct totals totals;
extern struct client *clients, *publisher;
extern bool sampling; /* latencies are taken now */
extern const char *const failure_names[FAILURES];

uint64_t now(void);
void prepare_clients(void);
void connect_client(struct client *c);
void send_bytes(struct client *c, const uint8_t *bytes, size_t size);
void poll_until(uint64_t deadline);
double percentile_us(double share);
void forget_latencies(void);

#endif
