#!/usr/bin/python3
"""Speaks the fixed scenario of README.md with an echo server, through Debian's websockets, and prints one line of JSON."""

import argparse
import asyncio
import hashlib
import json
import os
import ssl
import sys

import websockets

LIMIT_SECONDS = 60
LARGE_BYTES = 16 * 1024 * 1024
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
UTF8_TEXT = "Grüße, мир, 世界, 🌉, e\u0301"


def read_options():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("--deflate", action=argparse.BooleanOptionalAction, default=False)
    options.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'")
    options.add_argument("--subprotocol", action="append", default=[])
    options.add_argument("--close-code", type=int, default=1000)
    options.add_argument("--close-reason", default="")
    options.add_argument("--close-by", choices=["client", "server"], default="client")
    options.add_argument("--insecure", action="store_true", help="accept any certificate")
    return options.parse_args()


def tls_context(options):
    context = ssl.create_default_context()
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def connect_options(options):
    tls = {"ssl": tls_context(options)} if options.url.startswith("wss:") else {}
    return {
        "compression": "deflate" if options.deflate else None,
        "extra_headers": [tuple(part.strip() for part in header.split(":", 1)) for header in options.header],
        "subprotocols": options.subprotocol or None,
        "max_size": MAX_MESSAGE_BYTES,
        "ping_interval": None,
        **tls,
    }


async def echoes(socket, message):
    await socket.send(message)
    expect(await socket.recv(), message)
    return True


async def echoes_fragments(socket):
    await socket.send(["frag", "men", "ted"])
    expect(await socket.recv(), "fragmented")
    return True


async def echoes_large(socket):
    message = os.urandom(LARGE_BYTES)
    await socket.send(message)
    answer = await socket.recv()
    expect(hashlib.sha256(answer).hexdigest(), hashlib.sha256(message).hexdigest())
    return True


async def answers_ping(socket):
    await (await socket.ping(b"are you there"))
    return True


def expect(seen, wanted):
    if seen != wanted or type(seen) is not type(wanted):
        raise AssertionError(f"got {str(seen)[:80]!r}, expected {str(wanted)[:80]!r}")


STEPS = {
    "text": lambda socket: echoes(socket, "hello"),
    "utf8": lambda socket: echoes(socket, UTF8_TEXT),
    "binary": lambda socket: echoes(socket, bytes(range(256))),
    "emptyText": lambda socket: echoes(socket, ""),
    "emptyBinary": lambda socket: echoes(socket, b""),
    "fragments": echoes_fragments,
    "large": echoes_large,
    "ping": answers_ping,
}


async def close(socket, options):
    if options.close_by == "client":
        await socket.close(options.close_code, options.close_reason)
    else:
        await socket.send(f"close {options.close_code} {options.close_reason}")
        await socket.wait_closed()


async def converse(options, progress):
    async with websockets.connect(options.url, **connect_options(options)) as socket:
        results = {}
        for name, step in STEPS.items():
            progress["step"] = name
            results[name] = await step(socket)
        progress["step"] = "close"
        await close(socket, options)
        return {
            "ok": True,
            "results": results,
            "closeCode": socket.close_code,
            "closeReason": socket.close_reason,
            "subprotocol": socket.subprotocol or "",
            "extensions": socket.response_headers.get("Sec-WebSocket-Extensions", ""),
        }


def failure(progress, error):
    report = {"ok": False, "step": progress["step"], "error": f"{type(error).__name__}: {error}"}
    if isinstance(error, websockets.InvalidStatusCode):
        report.update(status=error.status_code, headers=list(error.headers.raw_items()))
    if isinstance(error, websockets.ConnectionClosed) and error.rcvd is not None:
        report.update(closeCode=error.rcvd.code, closeReason=error.rcvd.reason)
    return report


async def main():
    progress = {"step": "connect"}
    options = read_options()
    try:
        report = await asyncio.wait_for(converse(options, progress), LIMIT_SECONDS)
    except Exception as error:  # whatever it is, it belongs into the report
        report = failure(progress, error)
    print(json.dumps(report), flush=True)
    return 0 if report["ok"] else 1


sys.exit(asyncio.run(main()))
