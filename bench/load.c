/* WebSocket load, the client of the benchmark: one thread, many connections to 127.0.0.1. Every byte that comes back is compared.
   Use: load rtt|rate|handshake|idle -p PORT [-n CONNECTIONS] [-m IN_FLIGHT] [-s PAYLOAD_BYTES] [-r MESSAGES_PER_SECOND] [-w WARM_SECONDS] [-t SECONDS]
     rtt        closed loop: IN_FLIGHT messages on each connection, each echo is answered by the next message
     rate       open loop: the time at which each message should be sent is fixed beforehand, latency counts from it
     handshake  connect, upgrade, reset, IN_FLIGHT at a time
     idle       opens the connections and holds them
   Prints "begin" when the warm-up is over ("open N" for idle), then one line of JSON, and holds its connections until stdin closes. */
#include "load.h"
#include <poll.h>
#include <sys/prctl.h>

enum { OPENING_AT_ONCE = 64, PATIENCE_SECONDS = 3 };

static const char *const mode_names[] = { "rtt", "rate", "handshake", "idle" };
static const char *const failure_names[]
    = { "not_connected", "refused", "bad_accept", "close_frame", "closed", "reset", "bad_frame", "wrong_echo", "unanswered" };

struct options options = { .connections = 1, .in_flight = 1, .payload = 64, .rate = 1000, .seconds = 1 };

static double measured;                 /* seconds */
static uint64_t schedule;               /* rate: when message 0 should be sent */
static uint64_t first_sample;           /* rate: messages before it are warm-up */
static uint32_t *samples, sample_count; /* rate: latencies in ns */

static void run_for(double duration)
{
    for (uint64_t end = now() + (uint64_t)(duration * SECOND); now() < end;)
        poll_until(end);
}

/* All connections; those that do not stand in time are failures. */
static void open_all(void)
{
    for (uint32_t i = 0; i < options.connections && i < OPENING_AT_ONCE; i++)
        connect_client(&clients[totals.started]);
    for (uint64_t end = now() + 20ull * SECOND; totals.opened < options.connections && totals.failed == 0 && now() < end;)
        poll_until(now() + SECOND / 10);
    if (totals.failed == 0)
        count_failures(UNANSWERED, options.connections - totals.opened);
}

static void begin(void)
{
    printf("begin\n");
    fflush(stdout);
    totals.count = 0;
}

static uint64_t on_their_way(void)
{
    return options.mode == HANDSHAKE ? totals.started - totals.opened - totals.failed : totals.sent - totals.echoed;
}

/* Waits for the echoes and handshakes that are still on their way; those that do not come are failures. */
static void collect(void)
{
    totals.sending = false;
    for (uint64_t end = now() + (uint64_t)PATIENCE_SECONDS * SECOND; on_their_way() > 0 && now() < end;)
        poll_until(now() + SECOND / 100);
    count_failures(UNANSWERED, on_their_way());
}

static void run_closed_loop(void)
{
    totals.sending = true;
    for (uint32_t i = 0; i < options.connections; i++) {
        if (options.mode == RTT)
            send_messages(&clients[i], options.in_flight);
        else
            connect_client(&clients[i]);
    }
    run_for(options.warm_seconds);
    begin();
    uint64_t start = now();
    run_for(options.seconds);
    collect();
    measured = (double)(now() - start) / SECOND;
}

static uint64_t planned(uint64_t message)
{
    return schedule + (uint64_t)((double)message * SECOND / options.rate);
}

static void record_latency(uint64_t message)
{
    uint64_t latency = now() - planned(message);
    if (message >= first_sample)
        samples[sample_count++] = latency > UINT32_MAX ? UINT32_MAX : (uint32_t)latency;
}

static void run_rate(void)
{
    on_echo = record_latency;
    first_sample = (uint64_t)(options.warm_seconds * options.rate);
    uint64_t messages = first_sample + (uint64_t)(options.seconds * options.rate);
    samples = take((size_t)(messages - first_sample) * sizeof *samples);
    schedule = now() + SECOND / 1000;
    for (uint64_t next = 0; next < messages;) {
        poll_until(planned(next));
        for (; next < messages && planned(next) <= now(); next++) {
            if (next == first_sample)
                begin();
            if (clients[next % options.connections].state == OPEN)
                send_messages(&clients[next % options.connections], 1);
        }
    }
    collect();
    measured = options.seconds;
}

static void hold_idle(void)
{
    printf("open %llu\n", (unsigned long long)totals.opened);
    fflush(stdout);
    struct pollfd input_end = { .fd = STDIN_FILENO, .events = POLLIN };
    while (poll(&input_end, 1, 0) == 0)
        poll_until(now() + SECOND / 10);
    totals.count = totals.opened;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* In microseconds; the samples are sorted. */
static double percentile(uint64_t percent)
{
    return sample_count == 0 ? 0 : samples[(percent * sample_count + 99) / 100 - 1] / 1000.0;
}

static void report(void)
{
    printf("{\"mode\": \"%s\", \"seconds\": %.3f, \"count\": %llu", mode_names[options.mode], measured, (unsigned long long)totals.count);
    if (options.mode == RTT || options.mode == HANDSHAKE)
        printf(", \"per_second\": %.1f", measured > 0 ? (double)totals.count / measured : 0);
    if (options.mode == RATE) {
        qsort(samples, sample_count, sizeof *samples, by_size);
        printf(", \"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f", percentile(50), percentile(90), percentile(99));
    }
    const char *comma = "";
    printf(", \"failures\": {");
    for (int i = 0; i < FAILURES; i++) {
        if (totals.failures[i] > 0) {
            printf("%s\"%s\": %llu", comma, failure_names[i], (unsigned long long)totals.failures[i]);
            comma = ", ";
        }
    }
    printf("}}\n");
    fflush(stdout);
}

static int usage(void)
{
    fprintf(stderr, "Use: load rtt|rate|handshake|idle -p PORT [-n CONNECTIONS] [-m IN_FLIGHT] [-s PAYLOAD_BYTES, at least 8]\n"
                    "            [-r MESSAGES_PER_SECOND] [-w WARM_SECONDS] [-t SECONDS]\n");
    return 64;
}

int main(int argument_count, char **arguments)
{
    for (options.mode = RTT; argument_count > 1 && options.mode <= IDLE && strcmp(arguments[1], mode_names[options.mode]) != 0; options.mode++)
        continue;
    if (argument_count < 2 || options.mode > IDLE)
        return usage();
    for (int option; (option = getopt(argument_count - 1, arguments + 1, "p:n:m:s:r:w:t:")) != -1;) {
        switch (option) {
        case 'p': options.port = (uint16_t)atoi(optarg); break;
        case 'n': options.connections = (uint32_t)atoi(optarg); break;
        case 'm': options.in_flight = (uint32_t)atoi(optarg); break;
        case 's': options.payload = (uint32_t)atoi(optarg); break;
        case 'r': options.rate = (uint32_t)atoi(optarg); break;
        case 'w': options.warm_seconds = atof(optarg); break;
        case 't': options.seconds = atof(optarg); break;
        default: return usage();
        }
    }
    if (options.port == 0 || options.connections == 0 || options.in_flight == 0 || options.rate == 0 || options.payload < STAMP_BYTES)
        return usage();
    if (options.mode == HANDSHAKE)
        options.connections = options.in_flight;
    raise_descriptor_limit();
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); /* the default, 50 us, would count as latency */
    prepare_clients();
    if (options.mode != HANDSHAKE)
        open_all();
    if (options.mode == IDLE) {
        hold_idle();
        report();
        return 0;
    }
    if (totals.failed > 0)
        begin(); /* there is nothing to measure, but the reader waits for it */
    else if (options.mode == RATE)
        run_rate();
    else
        run_closed_loop();
    report();
    while (getchar() != EOF)
        continue;
    return 0;
}
