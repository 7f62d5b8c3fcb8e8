"""Orders at a steady rate while the NATS server is there, away, and there again; then how the backlog drains."""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from orderd_under_load import Server, Trouble, free_port, run_wrk

CONNECTIONS = 64
DRAIN_SECONDS_MAX = 600


class Nats:
    """One nats-server with JetStream on a folder of its own; ends with the `with` block."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="orderd-nats-")
        self.port = free_port()
        self.process = None
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()

    def start(self):
        program = shutil.which("nats-server", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None:
            raise Trouble("there is no nats-server (deploy/install-packages load)")
        self.process = subprocess.Popen(
            [program, "--jetstream", "--addr", "127.0.0.1", "--port", str(self.port), "--store_dir", self.folder.name],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Watcher(threading.Thread):
    """Reads the process's memory and the sink's lag every second."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.samples, self.ended = server, [], threading.Event()

    def run(self):
        while not self.ended.wait(1):
            with contextlib.suppress(OSError, Trouble):
                self.samples.append((resident_mib(self.server), self.server.read("/sinks/nats")["lag_events"]))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


def resident_mib(server):
    with open(f"/proc/{server.process.pid}/statm", encoding="utf-8") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def phase(server, name, seconds):
    with Watcher(server) as watcher:
        figures = run_wrk(server, "paced_orders.lua", seconds, CONNECTIONS)
    memory = [each[0] for each in watcher.samples] or [0]
    lags = [each[1] for each in watcher.samples] or [0]
    print(f"| {name} | {figures['expected'] / figures['seconds']:.0f} | {figures['p50_us'] / 1000:.2f} | {figures['p99_us'] / 1000:.1f} | "
          f"{memory[0]:.0f}–{max(memory):.0f} | {max(lags)} |", flush=True)


def drain(server):
    began, first = time.monotonic(), server.read("/sinks/nats")["lag_events"]
    while time.monotonic() < began + DRAIN_SECONDS_MAX:
        if server.read("/sinks/nats")["lag_events"] == 0:
            return first, time.monotonic() - began
        server.pause()
    raise Trouble(f"the backlog was not drained after {DRAIN_SECONDS_MAX} s")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True)
    options.add_argument("--seconds", type=int, default=60, help="of each phase")
    options.add_argument("--rounds", type=int, default=2, help="of both phases")
    chosen = options.parse_args()
    with Nats() as nats, Server(chosen.program, "journal", settings={
            "NATS_URL": f"nats://127.0.0.1:{nats.port}", "ORDERD_CONSUME": "false"}) as server:
        server.seed()
        run_wrk(server, "paced_orders.lua", 5, CONNECTIONS)
        print("| broker | orders/s | p50 ms | p99 ms | memory MiB | lag, events at most |\n|---|---|---|---|---|---|")
        for round_number in range(1, chosen.rounds + 1):
            phase(server, f"there ({round_number})", chosen.seconds)
            nats.kill()
            phase(server, f"away ({round_number})", chosen.seconds)
            nats.start()
        events, seconds = drain(server)
        print(f"\nBack again: {events} events of the history followed in {seconds:.1f} s.")
        shown = server.read("/sinks/nats")
        print(f"Published {shown['published']}, passed over {shown['skipped']}.")


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        sys.exit(f"broker_away: {trouble}")
