/* What echo.c and load.c share: a non-blocking socket that keeps what cannot be used or sent yet, and RFC 6455 frames. */
#ifndef BASCULE_BENCH_WS_H
#define BASCULE_BENCH_WS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 256 * 1024, /* one read takes all that 16 messages of 16 KiB can hold */
    HELD_BYTES = 8 * 1024,   /* longest HTTP head; a frame head is far shorter */
    EVENTS = 512,
    OP_CLOSE = 8,
    OP_PING = 9,
    OP_PONG = 10,
};

static inline void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline void *take(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL)
        die("memory");
    return memory;
}

/* As many descriptors as the system lets us have. */
static inline void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("setrlimit");
}

static inline struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    return address;
}

/* ---- stream: an idle one owns no memory beyond this struct ---- */

struct stream {
    int fd;
    uint32_t held_size;   /* input that is not complete enough to be used */
    uint32_t unsent_size; /* output that the socket did not take */
    uint8_t *held;
    uint8_t *unsent;
};

/* No Nagle, and a close that sends RST: thousands of TIME_WAIT sockets would use up the ports during a run. */
static inline void stream_open(struct stream *s, int fd)
{
    int on = 1;
    struct linger reset = { .l_onoff = 1, .l_linger = 0 };
    *s = (struct stream){ .fd = fd };
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0)
        die("setsockopt");
}

static inline void stream_close(struct stream *s)
{
    close(s->fd);
    free(s->held);
    free(s->unsent);
    *s = (struct stream){ .fd = -1 };
}

/* Reads into a buffer of HELD_BYTES + READ_BYTES. Returns the bytes there, those held before first;
   0 when there is nothing new; -1 at the end of the stream (errno 0) or on an error. */
static inline ssize_t stream_read(struct stream *s, uint8_t *buffer)
{
    ssize_t n = recv(s->fd, buffer + s->held_size, READ_BYTES, 0);
    if (n <= 0) {
        if (n == 0)
            errno = 0;
        return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    if (s->held_size > 0) {
        memcpy(buffer, s->held, s->held_size);
        n += s->held_size;
        free(s->held);
        s->held = NULL;
        s->held_size = 0;
    }
    return n;
}

/* Keeps bytes for the next read. False if no head may be that long. */
static inline bool stream_hold(struct stream *s, const uint8_t *bytes, size_t size)
{
    if (size > HELD_BYTES)
        return false;
    if (size > 0) {
        s->held = take(size);
        memcpy(s->held, bytes, size);
        s->held_size = (uint32_t)size;
    }
    return true;
}

/* Sends, or keeps what the socket does not take. False if the connection is broken (errno). */
static inline bool stream_send(struct stream *s, const uint8_t *bytes, size_t size)
{
    if (s->unsent_size == 0) {
        ssize_t n = send(s->fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    if (size > 0) {
        s->unsent = realloc(s->unsent, s->unsent_size + size);
        if (s->unsent == NULL)
            die("memory");
        memcpy(s->unsent + s->unsent_size, bytes, size);
        s->unsent_size += (uint32_t)size;
    }
    return true;
}

/* Sends what was kept. False if the connection is broken (errno). */
static inline bool stream_flush(struct stream *s)
{
    uint8_t *bytes = s->unsent;
    uint32_t size = s->unsent_size;
    s->unsent = NULL;
    s->unsent_size = 0;
    bool alive = stream_send(s, bytes, size);
    free(bytes);
    return alive;
}

/* ---- frames: RFC 6455 section 5.2 ---- */

struct frame {
    uint8_t first; /* FIN, RSV and opcode */
    uint8_t key[4];
    bool masked;
    bool active;   /* the head was read, the payload not yet to its end */
    uint64_t size; /* of the payload, in bytes */
    uint64_t done;
};

static inline int frame_opcode(const struct frame *f)
{
    return f->first & 15;
}

/* Reads a head. Returns its length, or 0 while more bytes are needed. */
static inline size_t frame_begin(struct frame *f, const uint8_t *in, size_t size)
{
    if (size < 2)
        return 0;
    size_t length_bytes = (in[1] & 127) == 126 ? 2 : (in[1] & 127) == 127 ? 8 : 0;
    size_t head = 2 + length_bytes + (in[1] & 128 ? 4 : 0);
    if (size < head)
        return 0;
    *f = (struct frame){ .first = in[0], .masked = in[1] & 128, .active = true, .size = length_bytes == 0 ? in[1] & 127 : 0 };
    for (size_t i = 0; i < length_bytes; i++)
        f->size = f->size << 8 | in[2 + i];
    if (f->masked)
        memcpy(f->key, in + 2 + length_bytes, 4);
    return head;
}

/* Writes a head, at most 14 bytes; masked if there is a key. Returns its length. */
static inline size_t frame_head(uint8_t *out, uint8_t first, uint64_t size, const uint8_t *key)
{
    size_t length_bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    out[0] = first;
    out[1] = (uint8_t)((length_bytes == 0 ? size : length_bytes == 2 ? 126 : 127) | (key != NULL ? 128 : 0));
    for (size_t i = 0; i < length_bytes; i++)
        out[2 + i] = (uint8_t)(size >> 8 * (length_bytes - 1 - i));
    if (key != NULL)
        memcpy(out + 2 + length_bytes, key, 4);
    return 2 + length_bytes + (key != NULL ? 4 : 0);
}

/* Masks or unmasks; `at` is the place of the first byte in its payload. */
static inline void mask(uint8_t *out, const uint8_t *in, size_t size, const uint8_t key[4], uint64_t at)
{
    uint8_t turned[8];
    for (size_t i = 0; i < 8; i++)
        turned[i] = key[(at + i) & 3];
    uint64_t wide, word;
    memcpy(&wide, turned, 8);
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        memcpy(&word, in + i, 8);
        word ^= wide;
        memcpy(out + i, &word, 8);
    }
    for (; i < size; i++)
        out[i] = in[i] ^ turned[i & 7];
}

#endif
