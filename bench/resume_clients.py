"""Clients of bascule.v1 that keep their cursors, and judge what they get: once each message, or a gap that says why not."""

import asyncio
import collections
import json
import random
import resource
import signal
import socket
import time
from urllib.parse import urlsplit

import websockets

SLOW_STOP_SECONDS = 30
SLOW_RECEIVE_BYTES = 4096
MOST_FAULTS_KEPT = 5


class Client:
    """One of them. Topics carry the numbers from 1, in order; a slow reader reads all topics by one pattern, and stops reading now and then."""

    def __init__(self, url, topics, slow, counts):
        self.url = url
        self.slow = slow
        self.counts = counts
        self.cursors = dict.fromkeys(["*"] if slow else topics)
        self.last = dict.fromkeys(topics, 0)
        self.gap_told = set()
        self.resume = None
        self.socket = None
        self.subscribed = asyncio.Event()
        self.rests = slow

    async def run(self):
        """Until the process ends."""
        while True:
            try:
                async with await self.connecting() as self.socket:
                    self.counts["connections"] += 1
                    await self.subscribe()
                    await self.read()
            except websockets.InvalidStatusCode as refused:
                self.counts[f"refused with {refused.status_code}"] += 1
            except (OSError, EOFError, websockets.WebSocketException, asyncio.TimeoutError) as ended:
                code = ended.rcvd.code if isinstance(ended, websockets.ConnectionClosed) and ended.rcvd else "no close frame"
                self.counts[f"ended with {code}"] += 1
            self.socket = None
            await asyncio.sleep(random.random())

    async def connecting(self):
        address = urlsplit(self.url)
        link = socket.socket()
        if self.slow:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_RECEIVE_BYTES)
        link.setblocking(False)
        await asyncio.get_running_loop().sock_connect(link, (address.hostname, address.port))
        query = f"?resume={self.resume}" if self.resume else ""
        return websockets.connect(
            self.url + query, sock=link, subprotocols=["bascule.v1"], compression=None, ping_interval=None, max_queue=4 if self.slow else 64, open_timeout=60)

    async def subscribe(self):
        asked = [{"topic": topic, **({"cursor": cursor} if cursor else {})} for topic, cursor in self.cursors.items()]
        await self.socket.send(json.dumps({"type": "subscribe", "topics": asked}))

    async def read(self):
        stop_at = time.monotonic() + random.uniform(2, 10)
        async for text in self.socket:
            self.take(json.loads(text))
            if self.rests and time.monotonic() > stop_at:
                await asyncio.sleep(SLOW_STOP_SECONDS)
                stop_at = time.monotonic() + random.uniform(2, 10)

    def take(self, message):
        kind = message["type"]
        if kind in ("welcome", "goodbye"):
            self.resume = message["resume"]
        elif kind == "message":
            self.judge(message["topic"], message["data"]["n"])
        elif kind == "gap":
            self.counts[f"gap {message['reason']}"] += 1
            self.gap_told.update(self.last if message["topic"] == "*" else [message["topic"]])
        elif kind == "resumed":
            self.counts["whole resumes"] += 1
            self.counts["replayed"] += message["replayed"]
        elif kind == "error":
            self.fault(f"error {message['code']}: {message['text']}")
        if "cursor" in message:
            self.cursors[message.get("sub", message["topic"])] = message["cursor"]
            if all(self.cursors.values()):
                self.subscribed.set()

    def judge(self, topic, number):
        self.counts["messages"] += 1
        last = self.last[topic]
        if number <= last:
            self.counts["duplicates"] += 1
            self.fault(f"{topic}: {number} again, after {last}")
        elif number > last + 1 and topic in self.gap_told:
            self.counts["missed, and told"] += number - last - 1
        elif number > last + 1:
            self.counts["losses"] += number - last - 1
            self.fault(f"{topic}: {last + 1} to {number - 1} without a word")
        self.gap_told.discard(topic)
        self.last[topic] = max(last, number)

    def fault(self, text):
        self.counts["faults"] += 1
        if self.counts["faults"] <= MOST_FAULTS_KEPT:
            print(f"  {text}", flush=True)

    def missing(self, total):
        """Messages at the end that neither came nor were told of."""
        return sum(total - last for topic, last in self.last.items() if topic not in self.gap_told)

    def cut(self):
        if self.socket:
            self.counts["cut"] += 1
            self.socket.transport.abort()


async def cut_some(clients, per_second, until):
    while not until.is_set():
        await asyncio.sleep(1)
        for client in random.sample(clients, min(len(clients), per_second)):
            client.cut()


async def work(pipe, url, plans, cuts_per_second):
    counts = collections.Counter()
    clients = [Client(url, mine, slow, counts) for mine, slow in plans]
    running = [asyncio.create_task(client.run()) for client in clients]
    await asyncio.gather(*(client.subscribed.wait() for client in clients))
    pipe.send("subscribed")
    over = asyncio.Event()
    cutting = asyncio.create_task(cut_some(clients, cuts_per_second, over))
    loop = asyncio.get_running_loop()
    total, seconds = await loop.run_in_executor(None, pipe.recv)
    over.set()
    await cutting
    for client in clients:
        client.rests = False
    deadline = time.monotonic() + seconds
    while any(client.missing(total) for client in clients) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    missing = [client.missing(total) for client in clients]
    counts["losses"] += sum(missing)
    counts["clients not complete"] = sum(1 for count in missing if count)
    pipe.send(dict(counts))
    for task in running:
        task.cancel()


def worker(pipe, url, plans, cuts_per_second):
    # What a signal means is for the first process to say; this one just ends.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(work(pipe, url, plans, cuts_per_second))
