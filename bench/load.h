/* What the two halves of the load generator share: clients.c moves the bytes, load.c decides when. */
#ifndef BASCULE_BENCH_LOAD_H
#define BASCULE_BENCH_LOAD_H

#include "ws.h"
#include <time.h>

enum { SECOND = 1000000000, STAMP_BYTES = 8, MOST_FAILURES = 1000 };

enum mode { RTT, RATE, HANDSHAKE, IDLE };

/* What can go wrong; a run with any of these is not a result. */
enum failure { NOT_CONNECTED, REFUSED, BAD_ACCEPT, CLOSE_FRAME, CLOSED, RESET, BAD_FRAME, WRONG_ECHO, UNANSWERED, FAILURES };

struct options {
    enum mode mode;
    uint16_t port;
    uint32_t connections, in_flight, payload, rate;
    double warm_seconds, seconds;
};

struct totals {
    uint64_t started, opened, sent, echoed;
    uint64_t count; /* echoes or handshakes since the warm-up */
    uint64_t failures[FAILURES], failed;
    bool sending; /* an echo or a handshake is followed by the next */
};

struct client {
    struct stream stream;
    struct frame frame;
    enum { GONE, UPGRADING, OPEN } state;
    bool writing;          /* waits for room to send */
    uint32_t place;        /* among the clients */
    uint64_t sent, echoed; /* messages: also the number of the next one */
    uint64_t at;           /* bytes seen of the message that is being echoed */
};

extern struct options options;
extern struct totals totals;
extern struct client *clients;
extern void (*on_echo)(uint64_t message); /* messages are numbered round robin over the clients */

uint64_t now(void);
void prepare_clients(void);
void connect_client(struct client *c);
void send_messages(struct client *c, uint32_t messages);
void poll_until(uint64_t deadline);
void count_failures(enum failure kind, uint64_t number);

#endif
