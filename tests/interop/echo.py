#!/usr/bin/python3
"""Echo server on Debian's websockets. Prints its port, then serves until it is stopped. Commands: see README.md."""

import argparse
import asyncio
import json
import re
import sys

import websockets

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
CLOSE_COMMAND = re.compile(r"close (\d{4})(?: (.*))?", re.DOTALL)


def read_options():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options.add_argument("--deflate", action=argparse.BooleanOptionalAction, default=False)
    options.add_argument("--subprotocol", action="append", default=[], help="one that is accepted, such as chat.v1")
    return options.parse_args()


async def serve(socket):
    try:
        await echo(socket)
    except websockets.ConnectionClosedError as end:
        print(f"connection ended: {end}", file=sys.stderr)  # not with 1000 or 1001, which is how most tests end it


async def echo(socket):
    async for message in socket:
        command = CLOSE_COMMAND.fullmatch(message) if isinstance(message, str) else None
        if command:
            await socket.close(int(command[1]), command[2] or "")
            return
        if message == "headers":
            await socket.send(json.dumps({"path": socket.path, "headers": list(socket.request_headers.raw_items())}))
        else:
            await socket.send(message)


async def main():
    options = read_options()
    server = await websockets.serve(
        serve,
        "127.0.0.1",
        options.port,
        compression="deflate" if options.deflate else None,
        subprotocols=options.subprotocol or None,
        max_size=MAX_MESSAGE_BYTES,
        ping_interval=None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.wait_closed()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass  # the ordinary way to stop it by hand
