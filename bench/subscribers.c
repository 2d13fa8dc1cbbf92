/* Subscribers of one topic and its publisher, the client of the fan-out benchmark: one thread, many connections to 127.0.0.1.
   Use: subscribers bascule|ws|signalr rate|most|idle -p PORT [-n SUBSCRIBERS] [-r MESSAGES_PER_SECOND] [-s PAYLOAD_BYTES] [-l MOST_ON_THEIR_WAY]
        [-w WARM_SECONDS] [-t SECONDS] [-c WINDOWS]
     rate   open loop: the time at which each message should be published is fixed beforehand, latency counts from it
     most   a message follows as soon as fewer than MOST_ON_THEIR_WAY have not reached every subscriber
     idle   opens the subscribers and holds them
   In both loops no message is published while MOST_ON_THEIR_WAY are not everywhere yet: what the server cannot do is late, not queued without end.
   A payload is two numbers of 16 digits, when it should have been published (ns) and which it is, then dots. Of every delivery the size, the text before
   the payload and the number are checked; of every 16th subscriber the latency is taken.
   Prints "begin" and "end" around the measured time ("open N" for idle), then one line of JSON. Idle ones are held until stdin closes.
   With -c, so many measured times follow each other, each after its WARM_SECONDS, while publishing goes on: the JSON is of the last one, and has the latencies of each. */
#include "subscribers.h"
#include <poll.h>
#include <sys/prctl.h>

enum {
    LEAST_PAYLOAD = 2 * DIGITS,
    OPENING_AT_ONCE = 64,
    PUBLISHED_AT_ONCE = 32, /* messages in one send */
    PATIENCE_SECONDS = 10,
};

static const char *const mode_names[] = { "rate", "most", "idle" };
static const struct dialect dialects[] = {
    {
        .name = "bascule", .subscriber_path = "/", .publisher_path = "/", .publisher_protocol = "bascule.v1",
        .publish = "{\"type\":\"publish\",\"id\":\"#\",\"topic\":\"bench\",\"data\":\"@\"}",
        .before = "\"", .after = "\"", .refusal = "\"type\":\"error\"",
    },
    { .name = "ws", .subscriber_path = "/", .publisher_path = "/publish", .publish = "@", .before = "", .after = "" },
    {
        .name = "signalr", .subscriber_path = "/hub", .publisher_path = "/hub",
        .greeting = "{\"protocol\":\"json\",\"version\":1}\x1e", .greeted = "{}\x1e", .separator = 0x1e, .ping = "{\"type\":6}\x1e",
        .publish = "{\"type\":1,\"target\":\"Publish\",\"arguments\":[\"@\"]}\x1e",
        .before = "{\"type\":1,\"target\":\"message\",\"arguments\":[\"", .after = "\"]}\x1e", .refusal = "{\"type\":7",
    },
};

static const uint8_t key[4] = { 0x37, 0xFA, 0x21, 0x3D };
static uint64_t schedule;         /* rate: when message 0 should be published */
static bool publishing;
static uint8_t *message, *masked; /* the publisher's text with room for the numbers, and frames of it */
static size_t message_bytes, number_at, payload_at;

static void write_digits(uint8_t *out, uint64_t number)
{
    for (int i = DIGITS; i-- > 0; number /= 10)
        out[i] = (uint8_t)('0' + number % 10);
}

/* ---- publishing ---- */

static uint64_t planned(uint64_t number)
{
    return schedule + (uint64_t)((double)number * SECOND / options.rate);
}

static bool has_room(void)
{
    return publisher->state == OPEN && publisher->stream.unsent_size == 0 && totals.published - totals.everywhere < options.on_their_way;
}

static bool is_due(uint64_t time)
{
    return publishing && has_room() && (options.mode == MOST || planned(totals.published) <= time);
}

/* One send for all that are due, up to a bound. */
static void publish_due(void)
{
    uint64_t time = now();
    size_t size = 0;
    for (uint32_t i = 0; i < PUBLISHED_AT_ONCE && is_due(time); i++) {
        uint64_t number = totals.published++;
        if (number_at > 0)
            write_digits(message + number_at, number);
        write_digits(message + payload_at, options.mode == RATE ? planned(number) : time);
        write_digits(message + payload_at + DIGITS, number);
        size += frame_head(masked + size, 0x81, message_bytes, key);
        mask(masked + size, message, message_bytes, key, 0);
        size += message_bytes;
    }
    if (size > 0)
        send_bytes(publisher, masked, size);
}

static void run_until(uint64_t end)
{
    for (uint64_t time; (time = now()) < end && totals.failed == 0;) {
        publish_due();
        uint64_t wake = time + SECOND / 100;
        if (options.mode == RATE && has_room() && planned(totals.published) < wake)
            wake = planned(totals.published);
        poll_until(wake < end ? wake : end);
    }
}

static void prepare_message(void)
{
    const struct dialect *d = options.dialect;
    message = take(strlen(d->publish) + DIGITS + options.payload);
    for (const char *p = d->publish; *p; p++) {
        size_t *at = *p == '#' ? &number_at : &payload_at;
        size_t size = *p == '#' ? DIGITS : *p == '@' ? options.payload : 1;
        if (size > 1)
            *at = message_bytes;
        memset(message + message_bytes, size > 1 ? '.' : *p, size);
        message_bytes += size;
    }
    masked = take((message_bytes + 14) * PUBLISHED_AT_ONCE);
}

/* ---- the run ---- */

static void wait_for_open(uint32_t number)
{
    for (uint64_t end = now() + 30ull * SECOND; totals.opened < number && totals.failed == 0 && now() < end;)
        poll_until(now() + SECOND / 10);
    if (totals.failed == 0 && totals.opened < number) {
        totals.failures[UNOPENED] += number - totals.opened;
        totals.failed++;
    }
}

static void open_all(void)
{
    while (totals.started < options.subscribers && totals.started < OPENING_AT_ONCE)
        connect_client(&clients[totals.started++]);
    wait_for_open(options.subscribers);
    if (options.mode == IDLE || totals.failed > 0)
        return;
    connect_client(publisher);
    wait_for_open(options.subscribers + 1);
}

static void hold_idle(void)
{
    printf("open %u\n", totals.opened);
    fflush(stdout);
    struct pollfd input_end = { .fd = STDIN_FILENO, .events = POLLIN };
    while (poll(&input_end, 1, 0) == 0)
        poll_until(now() + SECOND / 10);
}

static void say(const char *what)
{
    puts(what);
    fflush(stdout);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / SECOND;
}

/* What was published in the measured time should come; what does not is lost. */
static void collect(void)
{
    publishing = sampling = false;
    for (uint64_t end = now() + (uint64_t)PATIENCE_SECONDS * SECOND; totals.everywhere < totals.published && totals.failed == 0 && now() < end;)
        poll_until(now() + SECOND / 100);
    for (uint32_t i = 0; i < options.subscribers; i++)
        totals.lost += totals.published - clients[i].next;
}

/* The warm time, then the measured one. */
static struct window run_window(uint64_t warm_end)
{
    run_until(warm_end);
    say("begin");
    sampling = true;
    uint64_t start = now(), count = totals.delivered, published = totals.published;
    double cpu = cpu_seconds();
    run_until(start + (uint64_t)(options.seconds * SECOND));
    struct window measured = {
        .seconds = (double)(now() - start) / SECOND, .count = totals.delivered - count, .published = totals.published - published, .cpu = cpu_seconds() - cpu,
        .p50_us = percentile_us(.5), .p99_us = percentile_us(.99),
    };
    sampling = false;
    forget_latencies();
    say("end");
    return measured;
}

static void run_loop(void)
{
    struct window *windows = take(options.windows * sizeof *windows), *last = &windows[options.windows - 1];
    publishing = true;
    schedule = now() + SECOND / 1000;
    for (uint32_t i = 0; i < options.windows; i++)
        windows[i] = run_window((i == 0 ? schedule : now()) + (uint64_t)(options.warm_seconds * SECOND));
    collect();
    printf("{\"count\": %llu, \"per_second\": %.0f, \"published_per_second\": %.2f, \"load_share\": %.3f, \"p50_us\": %.1f, \"p99_us\": %.1f, ",
        (unsigned long long)last->count, (double)last->count / last->seconds, (double)last->published / last->seconds, last->cpu / last->seconds, last->p50_us,
        last->p99_us);
    for (uint32_t i = 0; options.windows > 1 && i < options.windows; i++)
        printf("%s{\"count\": %llu, \"p50_us\": %.1f, \"p99_us\": %.1f}%s", i == 0 ? "\"windows\": [" : "", (unsigned long long)windows[i].count, windows[i].p50_us,
            windows[i].p99_us, i == options.windows - 1 ? "], " : ", ");
}

static void print_end(void)
{
    printf("\"lost\": %llu, \"misplaced\": %llu, \"failures\": {", (unsigned long long)totals.lost, (unsigned long long)totals.misplaced);
    const char *comma = "";
    for (int i = 0; i < FAILURES; i++) {
        if (totals.failures[i] > 0) {
            printf("%s\"%s\": %llu", comma, failure_names[i], (unsigned long long)totals.failures[i]);
            comma = ", ";
        }
    }
    printf("}}\n");
    fflush(stdout);
}

static void usage(void)
{
    fprintf(stderr, "use: see the top of subscribers.c\n");
    exit(64);
}

static void read_options(int count, char **arguments)
{
    if (count < 3)
        usage();
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        if (strcmp(arguments[1], dialects[i].name) == 0)
            options.dialect = &dialects[i];
    }
    while (options.mode <= IDLE && strcmp(arguments[2], mode_names[options.mode]) != 0)
        options.mode++;
    for (int option; (option = getopt(count - 2, arguments + 2, "p:n:r:s:l:w:t:c:")) != -1;) {
        switch (option) {
        case 'p': options.port = (uint16_t)atoi(optarg); break;
        case 'n': options.subscribers = (uint32_t)atoi(optarg); break;
        case 'r': options.rate = (uint32_t)atoi(optarg); break;
        case 's': options.payload = (uint32_t)atoi(optarg); break;
        case 'l': options.on_their_way = (uint32_t)atoi(optarg); break;
        case 'w': options.warm_seconds = atof(optarg); break;
        case 't': options.seconds = atof(optarg); break;
        case 'c': options.windows = (uint32_t)atoi(optarg); break;
        default: usage();
        }
    }
    if (options.dialect == NULL || options.mode > IDLE || options.port == 0 || options.subscribers == 0 || options.rate == 0 || options.windows == 0 || options.on_their_way == 0
        || options.payload < LEAST_PAYLOAD)
        usage();
}

int main(int count, char **arguments)
{
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); /* the default, 50 us, would count as latency */
    read_options(count, arguments);
    raise_descriptor_limit();
    prepare_clients();
    prepare_message();
    open_all();
    if (totals.failed == 0 && options.mode != IDLE) {
        run_loop();
    } else {
        if (totals.failed == 0)
            hold_idle();
        printf("{\"count\": %u, ", totals.opened);
    }
    print_end();
    return 0;
}
