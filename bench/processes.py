"""The processes of a measurement: started on one core, watched through /proc, ended by pid."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

_running = []


class Process:
    """A program that runs pinned to one core, or to several, with all its children."""

    def __init__(self, command, core, folder, name, pipes=False):
        def prepare():  # in the child, before the program
            os.sched_setaffinity(0, {core} if isinstance(core, int) else core)
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

        # Not our environment: Bascule reads settings from it, and so a shell could change what is measured.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "DOTNET_ROOT") if name in os.environ}
        self.log = Path(folder, f"{name}.log")
        with open(self.log, "w") as log:
            self.popen = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.PIPE if pipes else subprocess.DEVNULL, stdout=subprocess.PIPE if pipes else log,
                stderr=log, cwd=folder, env=environment, text=True, preexec_fn=prepare, start_new_session=True)
        _running.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def pids(self):
        """Itself and all below it."""
        found = [self.popen.pid]
        for pid in found:
            for thread in Path(f"/proc/{pid}/task").glob("*"):
                try:
                    found += [int(child) for child in (thread / "children").read_text().split()]
                except (FileNotFoundError, ProcessLookupError):
                    pass  # the thread has just ended; it has no children
        return found

    def cpu_seconds(self):
        """User and system time of all threads and children, those that have ended included."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
        return ticks / TICKS_PER_SECOND

    def pss_bytes(self):
        """Proportional set size: shared pages count for each process by its share."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def ended(self):
        return self.popen.poll() is not None

    def log_end(self):
        return self.log.read_text(errors="replace")[-1500:].strip()

    def stop(self):
        """Kills the parent first, which could otherwise start new children. Nothing here needs a graceful end."""
        if self not in _running:
            return
        _running.remove(self)
        pids = [] if self.ended() else self.pids()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended on its own, which is what we want
        self.popen.wait()
        # A child that still closes thousands of sockets would disturb the next measurement.
        wait_until(lambda: not any(is_alive(pid) for pid in pids), 20, f"{self.popen.args[0]} or a child of it was killed but has not ended")
        for pipe in (self.popen.stdin, self.popen.stdout):
            try:
                if pipe:
                    pipe.close()
            except BrokenPipeError:
                pass  # what it was still to be told


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def stop_all():
    for process in list(_running):
        process.stop()


def wait_until(met, seconds, what):
    """Waits for a condition; says what did not happen."""
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} after {seconds} s")
        time.sleep(0.02)
