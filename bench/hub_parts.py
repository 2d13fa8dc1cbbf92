"""The parts of a run of the hub: mock brokers of Kafka, and `bascule serve` with topics."""

import json
import shutil
import urllib.request
from pathlib import Path

from candidates import ROOT
from processes import Process, wait_until

BROKERS = ROOT / "tests/Bascule.Kafka.MockBrokers"
RELEASE = "bin/Release/net10.0"
BUILT_PROGRAM = ROOT / "src/Bascule.Cli" / RELEASE / "bascule.dll"
BUILT_BROKERS = BROKERS / RELEASE / "Bascule.Kafka.MockBrokers.dll"


def not_built(*programs):
    """What has to be built before a run that takes the release builds as they are."""
    return [f"{program.relative_to(ROOT)} is missing: dotnet build {program.relative_to(ROOT).parents[3]} -c Release" for program in programs if not program.exists()]


def cores_apart(cores):
    """One half for what is measured, the other for what loads it."""
    half = max(1, len(cores) // 2)
    return cores[half:] or cores, cores[:half]


class Brokers:
    """Three mock brokers of Kafka, of librdkafka. A partition keeps at most 5 MB, its oldest messages go first."""

    COUNT = 3

    def __init__(self, folder, program, core):
        self.process = Process(["dotnet", program, self.COUNT], core, folder, "brokers-output", pipes=True)
        self.addresses = self.process.popen.stdout.readline().split(maxsplit=1)[1].strip()

    def tell(self, command):
        self.process.popen.stdin.write(command + "\n")
        self.process.popen.stdin.flush()
        answer = self.process.popen.stdout.readline().strip()
        if answer != "ok":
            raise RuntimeError(f"mock brokers: {command}: {answer}")

    def add_topic(self, name, partitions):
        self.tell(f"topic {name} {partitions}")

    def all_down(self):
        for number in range(1, self.COUNT + 1):
            self.tell(f"down {number}")

    def all_up(self):
        for number in range(1, self.COUNT + 1):
            self.tell(f"up {number}")


class Gateway:
    """`bascule serve`, listening where the system lets it; its shards, where it has some, are up."""

    def __init__(self, folder, command, settings, core):
        self.data = folder / "data"
        config = folder / "bascule.json"
        config.write_text(json.dumps({"listen": {"public": ["http://127.0.0.1:0"], "admin": "http://127.0.0.1:0"}, "data": str(self.data), **settings}, indent=2))
        self.process = Process([*command, "serve", "--log-level", "Information", "--config", config], core, folder, "gateway-output")
        wait_until(self.is_listening, 60, "the gateway does not listen")
        self.token = (self.data / "admin-token").read_text().strip()
        wait_until(lambda: all(shard["state"] == "up" for shard in self.shards()), 60, "the shards are not up")

    def is_listening(self):
        if self.process.ended():
            raise RuntimeError(f"the gateway ended at its start:\n{self.process.log_end()}")
        for line in self.process.log.read_text(errors="replace").splitlines():
            if " public=" in line and " admin=" in line:
                words = dict(word.split("=", 1) for word in line.split() if "=" in word)
                self.public, self.admin = words["public"].split(",")[0], words["admin"]
                return True
        return False

    @property
    def port(self):
        return int(self.public.rpartition(":")[2])

    def ask(self, origin, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"} if origin == self.admin else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(origin + path, data=None if body is None else json.dumps(body).encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def shards(self):
        return self.ask(self.admin, "/api/shards")["shards"]

    def attempt(self, attempt):
        """How it stands, or why it ended."""
        return self.ask(self.admin, f"/api/attempts/{attempt}")

    def connections(self):
        return [shard["connections"] for shard in self.ask(self.public, "/health")["shards"]]

    def publish(self, messages):
        self.ask(self.public, "/api/topics:publish", {"messages": messages})

    def keep_log(self, target):
        shutil.copy(self.process.log, Path(target))
