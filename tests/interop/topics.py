#!/usr/bin/python3
"""Reads one topic of the hub through Debian's websockets, and prints a line for each message until it is ended.

With --plain it offers no subprotocol, as a client that knows nothing of bascule.v1."""

import argparse
import asyncio
import json

import websockets


def read_options():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("url")
    options.add_argument("topic")
    options.add_argument("--plain", action="store_true")
    return options.parse_args()


def say(*words):
    print(*words, flush=True)


async def read_plain(options):
    async with websockets.connect(f"{options.url}?topic={options.topic}") as socket:
        say("connected")
        async for message in socket:
            say("got", message)


async def read(options):
    async with websockets.connect(options.url, subprotocols=["bascule.v1"]) as socket:
        await socket.send(json.dumps({"type": "subscribe", "topic": options.topic}))
        async for text in socket:
            message = json.loads(text)
            say("got" if message["type"] == "message" else message["type"], json.dumps(message.get("data")))


options = read_options()
asyncio.run(read_plain(options) if options.plain else read(options))
