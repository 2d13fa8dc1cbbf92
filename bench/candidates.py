"""Who is measured, and how each of them is built, configured and started."""

import json
import shutil
import socket
import subprocess
from pathlib import Path

from processes import Process, wait_until

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTORS = 20_000  # 9,500 idle connections, each with two sockets in a gateway
NGINX_CONNECTIONS = 24_000  # with less than a sixteenth of them free, nginx resets clients that have not sent their request yet

HAPROXY = """
global
    nbthread 1
    maxconn 9800
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
frontend entry
    bind 127.0.0.1:{port}
    default_backend echo
backend echo
    server echo 127.0.0.1:{echo_port}
"""

NGINX = """
worker_processes 1;
worker_rlimit_nofile {descriptors};
error_log {folder}/error.log warn;
pid {folder}/pid;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        keepalive_timeout 1h;
        location / {{
            proxy_pass http://127.0.0.1:{echo_port};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout 1h;
            proxy_send_timeout 1h;
            {buffers}
        }}
    }}
}}
"""


def haproxy_command(folder, port, echo_port):
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(port=port, echo_port=echo_port))
    return [tool("haproxy"), "-db", "-f", config]


def nginx_command(folder, port, echo_port, buffers=""):
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, echo_port=echo_port, buffers=buffers,
                                   descriptors=DESCRIPTORS, connections=NGINX_CONNECTIONS))
    return [tool("nginx"), "-p", folder, "-c", config, "-e", folder / "error.log", "-g", "daemon off;"]


def nginx_32k_command(folder, port, echo_port):
    # proxy_buffers must follow: nginx asks for room for more than one proxy_buffer_size.
    return nginx_command(folder, port, echo_port, "proxy_buffer_size 32k; proxy_buffers 8 32k;")


def bascule_command(folder, port, echo_port):
    """The only place that knows how Bascule is started."""
    config = folder / "bascule.json"
    config.write_text(json.dumps({
        "listen": {"public": [f"http://127.0.0.1:{port}"], "admin": "off"},
        "pools": {"echo": {"nodes": [f"http://127.0.0.1:{echo_port}"], "slotsPerNode": DESCRIPTORS}},
        "routes": [{"name": "bench", "path": "/*", "auth": "none", "pool": "echo"}],
        "data": str(folder / "data"),
    }, indent=2))
    return [folder.parent / "bascule" / "bascule", "serve", "--log-level", "Warning", "--config", config]


GATEWAYS = {"bascule": bascule_command, "haproxy": haproxy_command, "nginx": nginx_command, "nginx 32k": nginx_32k_command}
NAMES = ["direct", *GATEWAYS]

INSTALL = {
    "gcc": "apt-get install gcc libc6-dev",
    "haproxy": "apt-get install haproxy",
    "nginx": "apt-get install nginx-light",
    "dotnet": "the .NET 10 SDK, https://dot.net",
}


def tool(name):
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def missing_tools(names):
    """What has to be installed before these candidates can be measured."""
    wanted = {"gcc"} | {"dotnet" if name == "bascule" else name.split()[0] for name in names if name != "direct"}
    return [f"{name} is missing: install it with: {INSTALL[name]}" for name in sorted(wanted) if not tool(name)]


def build(folder, names):
    """Builds the tools, and Bascule if it is a candidate, into a folder."""
    compile_c(folder / "echo", "echo.c")
    compile_c(folder / "load", "load.c", "clients.c")
    if "bascule" in names:
        publish_dotnet(folder / "bascule", "src/Bascule.Cli")


def compile_c(target, *sources):
    subprocess.run(["gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", target, *(ROOT / "bench" / source for source in sources)], check=True)


def publish_dotnet(folder, project):
    subprocess.run(["dotnet", "publish", ROOT / project, "-c", "Release", "-o", folder, "-v", "quiet", "--nologo",
                    "--disable-build-servers"],  # they would go on running, beside the measurements too
                   check=True)


def start_echo(folder, core):
    """The echo server; returns the process and its port."""
    process = Process([folder / "echo", "0"], core, folder, "echo", pipes=True)
    port = process.popen.stdout.readline()
    if not port:
        raise RuntimeError(f"the echo server ended at its start: {process.log_end()}")
    return process, int(port)


def start_gateway(name, folder, core, echo_port):
    """A gateway before the echo server; returns the process and its port as soon as a handshake passes through it."""
    return start_server(name, folder, core, lambda own, port: GATEWAYS[name](own, port, echo_port))


def start_server(name, folder, core, command, path="/"):
    """A server whose command is made of a folder of its own and a free port; returns the process and the port as soon as it shakes hands."""
    own = folder / name.replace(" ", "-")
    own.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = Process(command(own, port), core, own, "output")

    def ready():
        if process.ended():
            raise RuntimeError(f"{name} ended at its start:\n{process.log_end()}")
        return shakes_hands(port, path)

    try:
        wait_until(ready, 30, f"{name} answers no handshake")
    except BaseException:
        process.stop()
        raise
    return process, port


def shakes_hands(port, path="/"):
    request = (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(request.encode())
            return client.recv(4096).startswith(b"HTTP/1.1 101")
    except OSError:
        return False  # not there yet; the caller knows how long to go on


def versions(names):
    """One line for each program that was measured or used."""
    def first_line(*command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
        return done.stdout.splitlines()[0].strip()

    found = {"gcc": first_line("gcc", "-dumpfullversion")}
    if "haproxy" in names:
        found["HAProxy"] = first_line(tool("haproxy"), "-v").split()[2]
    if "nginx" in names or "nginx 32k" in names:
        found["nginx"] = first_line(tool("nginx"), "-v").rpartition("/")[2]
    if "bascule" in names:
        commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=12"], stdout=subprocess.PIPE, text=True, check=False)
        found["Bascule"] = f"commit {commit.stdout.strip() or 'unknown'}"
        found[".NET SDK"] = first_line("dotnet", "--version")
    return found
