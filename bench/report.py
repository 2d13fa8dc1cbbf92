"""Medians, ratios and the page docs/performance.md, from the single measurements."""

import datetime
import platform
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

NOT_MEASURED = "–"
FULL_CORE = 0.9  # below this share of its core, something else than the candidate was the limit


@dataclass
class Result:
    round: int
    stage: str
    name: str
    values: dict


@dataclass
class Column:
    title: str
    stage: str
    value: Callable  # of the values and those of direct in the same round
    form: str
    compared: bool = True  # a cost, of which a ratio makes sense


def added(key):
    return lambda values, direct: values[key] - direct[key]


COLUMNS = [
    Column("µs/msg 64 B", "small", lambda values, direct: values["cpu_us"], "{:.1f}"),
    Column("µs/msg 16 KiB", "large", lambda values, direct: values["cpu_us"], "{:.1f}"),
    Column("µs/msg 64 B, 16 in flight", "pipelined", lambda values, direct: values["cpu_us"], "{:.2f}"),
    Column("added p50 µs", "rate", added("p50_us"), "{:.0f}"),
    Column("added p99 µs", "rate", added("p99_us"), "{:.0f}"),
    Column("µs/msg at that rate", "rate", lambda values, direct: values["cpu_us"], "{:.0f}"),
    Column("handshakes/s", "handshake", lambda values, direct: values["per_second"], "{:,.0f}", compared=False),
    Column("µs/handshake", "handshake", lambda values, direct: values["cpu_us"], "{:.0f}"),
    Column("bytes per idle connection", "idle", lambda values, direct: values["bytes"], "{:,.0f}"),
]
TITLES = {"direct": "direct", "bascule": "**Bascule**", "haproxy": "HAProxy", "nginx": "nginx", "nginx 32k": "nginx, `proxy_buffer_size 32k`"}


class Table:
    """All single values, by candidate and column."""

    def __init__(self, results):
        self._values = {(result.name, result.stage, result.round): result.values for result in results}
        self._rounds = sorted({result.round for result in results})

    def series(self, name, column):
        """Round → value. A latency is compared with direct's of the same round, since the host's mood changes between rounds."""
        found = {}
        for number in self._rounds:
            values = self._values.get((name, column.stage, number))
            direct = self._values.get(("direct", column.stage, number), {})
            if values and (direct or not column.title.startswith("added")):
                found[number] = column.value(values, direct)
        return found

    def cell(self, name, column):
        if name == "direct" and column.title.startswith("added"):
            key = column.title.split()[1] + "_us"
            found = [values[key] for (who, stage, _), values in self._values.items() if (who, stage) == (name, column.stage)]
            return f"0 ({column.form.format(statistics.median(found))})" if found else NOT_MEASURED
        series = self.series(name, column)
        if not series:
            return NOT_MEASURED
        text = column.form.format(statistics.median(series.values()))
        return "≥ " + text if column.title == "handshakes/s" and self._idled(name, column.stage) else text

    def ratio(self, name, other, column):
        """Median of the ratios within each round: what slows all of them for a while cancels out."""
        ours, theirs = self.series(name, column), self.series(other, column)
        ratios = [ours[number] / theirs[number] for number in ours if theirs.get(number, 0) > 0]
        return f"{statistics.median(ratios):.2f}" if ratios else NOT_MEASURED

    def spreads(self, names):
        """(largest − smallest) / median of each cell of CPU time, with its place."""
        found = []
        for name in names:
            for column in COLUMNS:
                values = list(self.series(name, column).values())
                if column.title.startswith("µs/") and len(values) > 1:
                    found.append(((max(values) - min(values)) / statistics.median(values), TITLES[name], column.title))
        return sorted(found)

    def rounds(self):
        return len(self._rounds)

    def _idled(self, name, stage):
        shares = [values["core_share"] for (who, what, _), values in self._values.items() if (who, what) == (name, stage)]
        return statistics.median(shares) < FULL_CORE


def lines_of(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(row) + " |" for row in rows)])


def table(results, names):
    """The medians, as a Markdown table."""
    measured = Table(results)
    return lines_of(["", *(column.title for column in COLUMNS)], [[TITLES[name], *(measured.cell(name, column) for column in COLUMNS)] for name in names])


def ratios(results):
    measured = Table(results)
    compared = [column for column in COLUMNS if column.compared]
    rows = [[f"Bascule / {TITLES[other]}", *(measured.ratio("bascule", other, column) for column in compared)] for other in ("haproxy", "nginx", "nginx 32k")]
    return lines_of(["", *(column.title for column in compared)], rows)


def noise(results):
    measured = Table(results)
    spreads = measured.spreads({result.name for result in results})
    if not spreads:
        return "One round: nothing can be said about noise."
    middle, worst = spreads[len(spreads) // 2], spreads[-1]
    tails = [result.values["p99_us"] for result in results if (result.name, result.stage) == ("direct", "rate")]
    return (f"**Noise.** Over {measured.rounds()} rounds the CPU time of a cell moved by {middle[0]:.0%} in the middle case and by {worst[0]:.0%} in the worst "
            f"({worst[1]}, {worst[2]}): largest minus smallest, divided by the median. A smaller difference between two rows means nothing. "
            f"Direct's own p99 lay between {min(tails):.0f} and {max(tails):.0f} µs: added p99 is no surer than that. "
            "Rank within this table only: another host, or another day, moves all of it.")


def page(results, versions):
    """All of docs/performance.md."""
    names = [name for name in TITLES if any(result.name == name for result in results)]
    return PAGE.format(
        table=table(results, names), ratios=ratios(results), noise=noise(results), rounds=Table(results).rounds(),
        date=datetime.date.today().isoformat(), kernel=platform.release(), system=system_name(), processor=processor_name(),
        versions="; ".join(f"{name} {version}" for name, version in versions.items()))


def system_name():
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def processor_name():
    found = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{len(found)} × {found[0]}" if found else platform.machine()


PAGE = """# Performance
Written by `bench/run`; do not edit. What a message, a handshake and an idle connection cost in Bascule, and in what one would take instead.

{table}

`direct` is the echo server without a gateway between; in brackets its own latency. `≥`: something else than the gateway was the limit.

## Bascule in proportion
Below 1, Bascule costs less. Each is the median of the ratios within a round.

{ratios}

{noise}

## How it was measured
- {date}; {system}, kernel {kernel}, {processor}; loopback, no TLS. {versions}.
- The gateway has one core, the load generator and the echo server share another; for `direct` the echo server has the gateway's core. Each gateway runs with
  one worker, without logs, with long timeouts. Each measurement starts new processes, warms them up for 3 s and measures for 4 s. Medians of {rounds} rounds; in
  each round the candidates follow each other in another order.
- A message is one echoed round trip, so two relayed messages. µs are the CPU time of the gateway, user and system, of all its threads and children. The first
  three columns: 64 connections, closed loop, as fast as it goes.
- Latency: 5,000 messages of 64 B a second on 500 connections, sent at fixed times whatever the echoes do, and counted from those times, so that a stall is seen by every message
  it delays (no coordinated omission). Direct's percentile of the same round is taken off.
- Handshakes: connect, upgrade, reset, 32 at a time.
- Memory: growth of the proportional set size (PSS) with 9,500 idle connections, 5 s after the last was opened, by connection. Kernel memory is not in it.
- Every echoed byte is compared. A measurement with any failure is no result, and then this page is not written.
"""
