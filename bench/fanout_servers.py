"""Who is measured as a server of topics, and how each of them is built, configured and started."""

import json
import subprocess

from candidates import DESCRIPTORS, INSTALL, ROOT, compile_c, publish_dotnet, start_server, tool, versions

PEERS = ROOT / "bench" / "fanout-peers"
WS_PACKAGE = ROOT / "tests" / "interop" / "node_modules" / "ws" / "package.json"


def bascule_command(built, own, port):
    """The only place that knows how Bascule's hub is configured. Its dialect stands in subscribers.c."""
    config = own / "bascule.json"
    config.write_text(json.dumps({
        "listen": {"public": [f"http://127.0.0.1:{port}"], "admin": "off"},
        "routes": [{"name": "feed", "path": "/*", "auth": "none", "topics": ["bench"], "publish": ["bench"]}],
        "hub": {"slotsPerShard": DESCRIPTORS},
        "data": str(own / "data"),
    }, indent=2))
    return [built / "bascule" / "bascule", "serve", "--log-level", "Warning", "--config", config]


def ws_command(built, own, port):
    return [tool("node"), PEERS / "ws.mjs", port]


def ws_framed_command(built, own, port):
    return [tool("node"), PEERS / "ws.mjs", port, "framed"]


def signalr_command(built, own, port):
    return [built / "signalr" / "signalr", f"http://127.0.0.1:{port}"]


# Command, dialect of subscribers.c, a path that answers a handshake.
SERVERS = {
    "bascule": (bascule_command, "bascule", "/"),
    "ws": (ws_command, "ws", "/"),
    "ws framed": (ws_framed_command, "ws", "/"),
    "signalr": (signalr_command, "signalr", "/hub"),
}
NAMES = list(SERVERS)


def missing_tools(names):
    """What has to be installed before these candidates can be measured."""
    wanted = {"gcc"} | {"node" if name.startswith("ws") else "dotnet" for name in names}
    install = {**INSTALL, "node": "apt-get install nodejs"}
    missing = [f"{name} is missing: install it with: {install[name]}" for name in sorted(wanted) if not tool(name)]
    if "node" in wanted and not WS_PACKAGE.exists():
        missing.append("ws is missing: install it with: cd tests/interop && npm ci --ignore-scripts")
    return missing


def build(folder, names):
    compile_c(folder / "subscribers", "subscribers.c", "subscriptions.c")
    if "bascule" in names:
        publish_dotnet(folder / "bascule", "src/Bascule.Cli")
    if "signalr" in names:
        publish_dotnet(folder / "signalr", PEERS / "signalr")


def start(name, folder, core):
    """A server; returns the process and its port as soon as it answers a handshake."""
    command, _, path = SERVERS[name]
    return start_server(name, folder, core, lambda own, port: command(folder, own, port), path)


def dialect(name):
    return SERVERS[name][1]


def used_versions(names):
    """One line for each program that was measured or used."""
    found = versions([name for name in names if name == "bascule"])
    if any(name.startswith("ws") for name in names):
        found["Node.js"] = first_line(tool("node"), "--version").lstrip("v")
        found["ws"] = json.loads(WS_PACKAGE.read_text())["version"]
    if "signalr" in names:
        runtimes = first_line("dotnet", "--list-runtimes", containing="Microsoft.AspNetCore.App 10.")
        found["SignalR of ASP.NET Core"] = runtimes.split()[1]
    return found


def first_line(*command, containing=""):
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return next(line.strip() for line in output.splitlines() if containing in line)
