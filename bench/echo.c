/* WebSocket echo server, the back end of the benchmark: one thread, 127.0.0.1 only.
   Use: echo PORT   (0: a free one; the port is printed)
   Frames stream through: the head is answered before the payload has arrived, so a frame of any size needs no memory. */
#include "ws.h"

struct client {
    struct stream stream;
    struct frame frame;
    bool open;   /* the handshake is done */
    bool ending; /* a close frame was echoed: nothing more is read but the end */
    bool paused; /* waits for room to send, reads nothing until then */
};

enum { DISCARD = 0xFF }; /* in place of a frame's first byte: it gets no answer */

static uint8_t input[HELD_BYTES + READ_BYTES], output[HELD_BYTES + READ_BYTES];
static int poller;

static uint32_t rotate(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

/* SHA-1 (RFC 3174) of less than 120 bytes: two blocks at most. */
static void sha1_short(const char *text, size_t size, uint8_t digest[20])
{
    uint8_t message[128] = { 0 };
    size_t padded = size < 56 ? 64 : 128;
    uint32_t h[5] = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 };
    memcpy(message, text, size);
    message[size] = 0x80;
    message[padded - 2] = (uint8_t)(size * 8 >> 8);
    message[padded - 1] = (uint8_t)(size * 8);
    for (size_t block = 0; block < padded; block += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++) {
            const uint8_t *p = message + block + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++)
            w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t mixed = i < 20 ? ((b & c) | (~b & d)) + 0x5A827999 : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC : (b ^ c ^ d) + 0xCA62C1D6;
            uint32_t next = rotate(a, 5) + mixed + e + w[i];
            e = d, d = c, c = rotate(b, 30), b = a, a = next;
        }
        h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
    }
    for (int i = 0; i < 20; i++)
        digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

/* The Sec-WebSocket-Accept of a key of 24 characters (RFC 6455 section 4.2.2): 28 characters. */
static void accept_value(const char *key, char accept[29])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[61];
    uint8_t digest[21] = { 0 };
    memcpy(text, key, 24);
    memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 37);
    sha1_short(text, 60, digest);
    for (int i = 0; i < 7; i++) {
        uint32_t three = (uint32_t)digest[3 * i] << 16 | (uint32_t)digest[3 * i + 1] << 8 | digest[3 * i + 2];
        for (int j = 0; j < 4; j++)
            accept[4 * i + j] = letters[three >> (18 - 6 * j) & 63];
    }
    accept[27] = '=';
    accept[28] = 0;
}

/* Answers the upgrade request once all of it is there. Returns the bytes used, 0 while it is incomplete, -1 if it is no handshake. */
static ssize_t shake_hands(struct client *c, const uint8_t *in, size_t size)
{
    const uint8_t *end = memmem(in, size, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    char head[HELD_BYTES + 1], accept[29], answer[160];
    size_t length = (size_t)(end - in) + 2;
    if (length > HELD_BYTES)
        return -1;
    memcpy(head, in, length);
    head[length] = 0;
    const char *key = strcasestr(head, "\r\nSec-WebSocket-Key:");
    if (key == NULL)
        return -1;
    key += strlen("\r\nSec-WebSocket-Key:");
    key += strspn(key, " \t");
    if (strcspn(key, " \t\r") != 24)
        return -1;
    accept_value(key, accept);
    int n = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    c->open = true;
    return stream_send(&c->stream, (uint8_t *)answer, (size_t)n) ? (ssize_t)length + 2 : -1;
}

/* Echoes all frames and parts of frames. Returns the bytes used, or -1 if the connection has to end. */
static ssize_t echo_frames(struct client *c, const uint8_t *in, size_t size)
{
    size_t used = 0, made = 0;
    struct frame *f = &c->frame;
    while (!c->ending) {
        if (!f->active) {
            size_t head = frame_begin(f, in + used, size - used);
            if (head == 0)
                break;
            if (!f->masked) /* RFC 6455 section 5.1; it also keeps the output no longer than the input */
                return -1;
            used += head;
            if (frame_opcode(f) == OP_PING)
                f->first ^= OP_PING ^ OP_PONG;
            else if (frame_opcode(f) == OP_PONG)
                f->first = DISCARD;
            if (f->first != DISCARD)
                made += frame_head(output + made, f->first, f->size, NULL);
        }
        size_t part = size - used < f->size - f->done ? size - used : (size_t)(f->size - f->done);
        if (f->first != DISCARD) {
            mask(output + made, in + used, part, f->key, f->done);
            made += part;
        }
        used += part;
        f->done += part;
        if (f->done < f->size)
            break;
        f->active = false;
        c->ending = f->first != DISCARD && frame_opcode(f) == OP_CLOSE;
    }
    if (made > 0 && !stream_send(&c->stream, output, made))
        return -1;
    if (c->ending && c->stream.unsent_size == 0)
        shutdown(c->stream.fd, SHUT_WR);
    return c->ending ? (ssize_t)size : (ssize_t)used;
}

static bool readable(struct client *c)
{
    ssize_t size = stream_read(&c->stream, input);
    if (size <= 0)
        return size == 0;
    ssize_t used = 0;
    if (!c->open && (used = shake_hands(c, input, (size_t)size)) < 0)
        return false;
    if (c->open) {
        ssize_t more = echo_frames(c, input + used, (size_t)(size - used));
        if (more < 0)
            return false;
        used += more;
    }
    return stream_hold(&c->stream, input + used, (size_t)(size - used));
}

static bool writable(struct client *c)
{
    if (!stream_flush(&c->stream))
        return false;
    if (c->ending && c->stream.unsent_size == 0)
        shutdown(c->stream.fd, SHUT_WR);
    return true;
}

static void serve(struct client *c)
{
    bool alive = c->paused ? writable(c) : readable(c);
    if (!alive) {
        stream_close(&c->stream);
        free(c);
        return;
    }
    if (c->paused != (c->stream.unsent_size > 0)) {
        c->paused = !c->paused;
        struct epoll_event event = { .events = c->paused ? EPOLLOUT : EPOLLIN, .data.ptr = c };
        if (epoll_ctl(poller, EPOLL_CTL_MOD, c->stream.fd, &event) != 0)
            die("epoll_ctl");
    }
}

static void admit(int listener)
{
    for (int i = 0; i < 64; i++) { /* the others wait their turn */
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
                return;
            die("accept");
        }
        struct client *c = take(sizeof *c);
        stream_open(&c->stream, fd);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
            die("epoll_ctl");
    }
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "Use: echo PORT   (0 takes a free port; the port is printed)\n");
        return 64;
    }
    raise_descriptor_limit();
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = loopback((uint16_t)atoi(arguments[1]));
    socklen_t length = sizeof address;
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
        || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        die("listen");
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0)
        die("epoll");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, -1);
        if (ready < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL)
                admit(listener);
            else
                serve(events[i].data.ptr);
        }
    }
}
