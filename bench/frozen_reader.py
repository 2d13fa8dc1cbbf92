"""Readers that are to be frozen: a process of its own, which reads and throws away what it gets. It prints the attempt of each reader once all are there.

Use: frozen_reader.py PORT PATH READERS
"""

import os
import selectors
import socket
import sys

RECEIVE_BYTES = 65_536  # little, so that the kernel soon holds no more for who does not read
READ_BYTES = 262_144


def connect(port, path):
    """A connection after its handshake, and its attempt as the gateway named it."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    link.settimeout(30)
    link.connect(("127.0.0.1", port))
    link.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = link.recv(4096)
        if not more:
            break
        answer += more
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    fields = dict(line.split(": ", 1) for line in head[1:])
    if " 101 " not in head[0]:
        sys.exit(f"refused: {head[0]}")
    return link, fields["X-Bascule-Attempt"]


def main():
    port, path, readers = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    selector = selectors.DefaultSelector()
    attempts = []
    for _ in range(readers):
        link, attempt = connect(port, path)
        link.setblocking(False)
        selector.register(link, selectors.EVENT_READ)
        attempts.append(attempt)
    print(*attempts, flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        for key, _ in selector.select(1):
            try:
                more = key.fileobj.recv(READ_BYTES)
            except ConnectionError:
                more = b""
            if not more:
                selector.unregister(key.fileobj)


main()
