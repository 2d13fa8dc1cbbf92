"""Medians and the section «Fan-out» of docs/performance.md, from the single measurements of bench/fanout."""

import datetime
import platform
import statistics

from report import FULL_CORE, NOT_MEASURED, lines_of, processor_name, system_name

TITLES = {"bascule": "**Bascule**", "ws": "`ws` (npm)", "ws framed": "`ws`, frame built once", "signalr": "SignalR (JSON)"}
KEPT_UP = 0.98  # of the rate that was asked for; below, latency only says how long the run was
HEADING = "## Fan-out"


class Stage:
    """One measurement: what `subscribers` does, and how the table calls it. A stage with a rate has a latency."""

    def __init__(self, title, arguments, rate=None):
        self.title, self.arguments, self.rate = title, arguments, rate


def median(results, stage, name, key):
    found = [result.values[key] for result in results if (result.stage, result.name) == (stage, name)]
    return statistics.median(found) if found else None


def row(results, stages, stage, name):
    def value(key):
        return median(results, stage, name, key)

    kept_up = stages[stage].rate is not None and value("published_per_second") >= KEPT_UP * stages[stage].rate
    lost = sum(result.values["lost"] + result.values["misplaced"] for result in results if (result.stage, result.name) == (stage, name))
    idled = not kept_up and value("core_share") < FULL_CORE
    latency = [f"{value(key) / 1000:.1f}" if kept_up else NOT_MEASURED if stages[stage].rate is None else "behind" for key in ("p50_us", "p99_us")]
    return [stages[stage].title, TITLES[name], ("≥ " if idled else "") + f"{value('per_second'):,.0f}", f"{value('cpu_us'):.2f}", *latency,
            f"{value('core_share'):.0%}", f"{value('load_share'):.0%}", "yes" if lost == 0 else f"no, {lost:,} lost or out of order"]


def table(results, stages, names):
    """The medians, as Markdown tables: deliveries, then memory, as far as they were measured."""
    head = ["", "", "deliveries/s", "µs/delivery", "p50 ms", "p99 ms", "server's core", "client's core", "complete, in order"]
    measured = {(result.stage, result.name) for result in results}
    rows = [row(results, stages, stage, name) for stage in stages if stage != "idle" for name in names if (stage, name) in measured]
    memory = [[TITLES[name], f"{median(results, 'idle', name, 'bytes'):,.0f}", f"{median(results, 'idle', name, 'before_bytes') / 1e6:,.0f} MB"]
              for name in names if ("idle", name) in measured]
    tables = [(head, rows), (["", "bytes per idle subscriber", "before them"], memory)]
    return "\n\n".join(lines_of(*each) for each in tables if each[1])


def section(results, stages, names, versions, subscribers, idle):
    return SECTION.format(
        heading=HEADING, table=table(results, stages, names), rounds=len({result.round for result in results}), subscribers=subscribers, idle=idle,
        date=datetime.date.today().isoformat(), kernel=platform.release(), system=system_name(), processor=processor_name(),
        versions="; ".join(f"{name} {version}" for name, version in versions.items()))


SECTION = """{heading}
Written by `bench/fanout`; do not edit. One topic, {subscribers:,} WebSocket subscribers, messages of 128 B, one core for the server: what a delivery costs.

{table}

µs: CPU time of the server, user and system, of all its threads and children. `behind`: the rate was not kept up, and a latency would only say how long the run was.
`≥`: the server's core was not full, something else was the limit.

- {date}; {system}, kernel {kernel}, {processor}; loopback, no TLS, no compression. {versions}.
- The server has one core, the publisher and all subscribers, one C program, the other. Each measurement starts new processes, warms them up and then measures.
  Medians of {rounds} rounds; in each round the candidates follow each other in another order.
- *a second*: messages are due at fixed times, whatever the deliveries do, and latency counts from those times, on every 16th subscriber (no coordinated omission). At most
  as many messages as are due in a second are on their way; what the server cannot do is late.
- *64 on their way*: a message is published as soon as fewer than 64 have not reached every subscriber, so that a server may send several at once. *one by one*: as soon
  as the one before is everywhere, so that every delivery is a send of its own; the core waits in between.
- Of every delivery the size, the text before the payload and the number are checked, on each connection: lost, doubled and out of order are seen. A measurement in which a connection
  broke is no result, and then this section is not written.
- Each server does the same: one publisher's message goes to all. Bascule: a plain WebSocket client on a route with a topic, published by `bascule.v1`; the payload is a JSON string, so two bytes
  longer. `ws`: `send()` of one buffer to each; *frame built once*: the frame is written to the sockets past the package. SignalR: `Clients.All.SendAsync` of a hub, JSON protocol,
  WebSocket transport.
- Memory: growth of the proportional set size (PSS) with {idle:,} idle subscribers, by subscriber, after they have stood for a while. Kernel memory is not in it.
"""
