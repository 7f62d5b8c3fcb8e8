"""Measures what a request costs orderd in CPU time: measure.py --program build/orderd [--rounds 5] [--seconds 4]

Starts orderd on a free port with a temporary data folder, imports a catalogue, and runs the wrk cases in turn
(A B C, A B C, …), so that a slow minute of the machine meets all of them. The figure is CPU-microseconds per
answered request (utime + stime of the process): wall time means little where others share the cores. The ratio is
taken within each round. A run with any answer but the expected one, or with a socket error, ends the measurement.
"""

import argparse
import collections
import contextlib
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

FOLDER = os.path.dirname(os.path.abspath(__file__))
CASES = ["constant", "hot_sku", "uniform_skus", "orders", "refusals"]
SKUS = 10_000
UNITS_PLENTY = 1_000_000_000
IMPORT_ROWS_MAX = 5_000
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS, SAMPLE_SECONDS_MAX = 0.020, 0.035
START_SECONDS_MAX, STOP_SECONDS_MAX = 120, 60

Run = collections.namedtuple("Run", "requests seconds cpu_us threads syncs p99_us disturbed")


class Trouble(Exception):
    """The measurement cannot go on; the text says why."""


def cpu_ticks(stat_path):
    """(name, utime + stime in ticks) from a stat file of /proc."""
    with open(stat_path, encoding="utf-8", errors="replace") as stat:
        text = stat.read()
    fields = text[text.rindex(")") + 2 :].split()
    return text[text.index("(") + 1 : text.rindex(")")], int(fields[11]) + int(fields[12])


def cpu_by_thread(pid):
    """CPU ticks of each live thread: {thread id: (name, ticks)}."""
    threads = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            threads[task] = cpu_ticks(f"/proc/{pid}/task/{task}/stat")
    return threads


def ticks_to_us(ticks):
    return ticks * 1_000_000 / TICKS_PER_SECOND


def thread_group(name):
    """`worker-3` and `worker-4` are one group."""
    return re.sub(r"[-_:./# ]*\d+$", "", name) or name


class Disturbance:
    """Watches the machine while a case runs: which share of 20 ms intervals had steal or lasted over 35 ms."""

    def __init__(self):
        self.intervals, self.bad = 0, 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    @staticmethod
    def steal():
        with open("/proc/stat", encoding="utf-8") as stat:
            return int(stat.readline().split()[8])

    def watch(self):
        stolen, at = self.steal(), time.monotonic()
        while not self.ended.wait(SAMPLE_SECONDS):
            now_stolen, now = self.steal(), time.monotonic()
            self.intervals += 1
            self.bad += now_stolen > stolen or now - at > SAMPLE_SECONDS_MAX
            stolen, at = now_stolen, now

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def share(self):
        return self.bad / max(self.intervals, 1)


class Server:
    """One orderd process with a data folder of its own; ends with the `with` block."""

    def __init__(self, program, durability):
        self.program, self.durability = program, durability

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="orderd-load-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log_path = os.path.join(self.folder.name, "log")
        environment = {"PATH": os.environ["PATH"], "ORDERD_DURABILITY": self.durability, "LOG_LEVEL": "warn"}
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [self.program, "--host", "127.0.0.1", "--port", str(self.port),
                 "--data-dir", os.path.join(self.folder.name, "data")],
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                print("orderd did not stop in time and is killed", file=sys.stderr)
                self.process.kill()
                self.process.wait()
        self.folder.cleanup()

    def log_tail(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-10:])

    def call(self, method, path, body=None, content_type="application/json"):
        """(status, body) of one request."""
        data = body.encode() if body is not None else None
        request = urllib.request.Request(self.address + path, data, {"Content-Type": content_type}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode(errors="replace")

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Trouble(f"orderd ended with {self.process.returncode}:\n{self.log_tail()}")
            with contextlib.suppress(OSError):
                if self.call("GET", "/health/ready")[0] == 200:
                    return
            self.pause()
        raise Trouble(f"orderd was not ready after {START_SECONDS_MAX} s:\n{self.log_tail()}")

    @staticmethod
    def pause():
        threading.Event().wait(0.05)

    def seed(self):
        """Imports the catalogue that the cases use and checks a sample of it."""
        rows = [f"LOAD-{number:05},Load {number},1.00,{UNITS_PLENTY}," for number in range(1, SKUS + 1)]
        rows += [f"FLASH-HOT,Hot,1.00,{UNITS_PLENTY},", "FLASH-SOLDOUT,Sold out,1.00,0,"]
        for start in range(0, len(rows), IMPORT_ROWS_MAX):
            body = "\n".join(["sku,name,price,on_hand,product_id", *rows[start : start + IMPORT_ROWS_MAX], ""])
            status, answer = self.call("POST", "/stock/import", body, "text/csv")
            if status != 200:
                raise Trouble(f"the import was refused with {status}: {answer[:500]}")
        for sku in ("LOAD-00001", f"LOAD-{SKUS:05}", "FLASH-HOT", "FLASH-SOLDOUT"):
            status, answer = self.call("GET", f"/stock/{sku}")
            if status != 200:
                raise Trouble(f"after the import GET /stock/{sku} answers {status}: {answer[:500]}")

    def syncs(self):
        """The journal's count of syncs so far."""
        status, answer = self.call("GET", "/health")
        if status != 200:
            raise Trouble(f"GET /health answers {status}: {answer[:500]}")
        return json.loads(answer)["journal_syncs"]


def run_case(server, case, seconds, connections):
    """Runs wrk once and returns its Run; raises Trouble if an answer was not the expected one."""
    pid = server.process.pid
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", f"{case}.lua", server.address]
    syncs_before = server.syncs()
    before, ticks_before = cpu_by_thread(pid), cpu_ticks(f"/proc/{pid}/stat")[1]
    with Disturbance() as disturbance:
        wrk = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=seconds + 60, check=False)
    if server.process.poll() is not None:
        raise Trouble(f"orderd ended with {server.process.returncode} during {case}:\n{server.log_tail()}")
    after, ticks_after = cpu_by_thread(pid), cpu_ticks(f"/proc/{pid}/stat")[1]
    syncs_after = server.syncs()
    try:
        answers = json.loads(wrk.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Trouble(f"wrk failed on {case}:\n{wrk.stdout}{wrk.stderr}") from None
    if answers["other"] or answers["socket_errors"] or not answers["expected"]:
        raise Trouble(f"{case}: {answers['expected']} expected answers, {answers['other']} others (such as status "
                      f"{answers['other_status']}), {answers['socket_errors']} socket errors")
    used = collections.Counter()
    for task, (name, ticks) in after.items():
        used[thread_group(name)] += ticks_to_us(ticks - before.get(task, (name, 0))[1])
    syncs = syncs_after - syncs_before
    return Run(answers["expected"], answers["seconds"], ticks_to_us(ticks_after - ticks_before), used, syncs,
               answers["p99_us"], disturbance.share())


def measure(server, options):
    """{case: [Run of each round]}, the cases in turn within each round."""
    for case in options.cases:  # the first touch of code and pages belongs to no round
        run_case(server, case, 1, options.connections)
    runs = {case: [] for case in options.cases}
    for number in range(1, options.rounds + 1):
        for case in options.cases:
            run = run_case(server, case, options.seconds, options.connections)
            runs[case].append(run)
            print(f"round {number}/{options.rounds} {case}: {run.cpu_us / run.requests:.1f} CPU-us/request, "
                  f"{run.requests / run.seconds:.0f}/s", file=sys.stderr)
    return runs


def split(case_runs):
    """The share of each thread group that took at least 1 %, the largest first."""
    total = collections.Counter()
    for run in case_runs:
        total.update(run.threads)
    whole = sum(total.values()) or 1
    return ", ".join(f"{name} {100 * used / whole:.0f} %" for name, used in total.most_common() if used * 100 >= whole)


def row(case, runs):
    """One line of the table."""
    costs = [run.cpu_us / run.requests for run in runs[case]]
    rates = [run.requests / run.seconds for run in runs[case]]
    syncs = sum(run.syncs for run in runs[case])
    answered = sum(run.requests for run in runs[case])
    # Of a case that syncs at all, how many answers one sync releases is what group commit is about.
    per_sync = f"{answered / syncs:.1f}" if syncs else "–"
    ratio = "–"
    if "constant" in runs:
        floor = [run.cpu_us / run.requests for run in runs["constant"]]
        ratio = f"{statistics.median(cost / least for cost, least in zip(costs, floor)):.2f}"
    p99_ms = statistics.median(run.p99_us for run in runs[case]) / 1000
    disturbed = 100 * statistics.mean(run.disturbed for run in runs[case])
    return (f"| {case} | {statistics.median(costs):.1f} ({min(costs):.1f}) | {ratio} | {statistics.median(rates):,.0f} "
            f"| {p99_ms:.1f} | {per_sync} | {disturbed:.0f} % | {split(runs[case])} |")


def table(runs):
    return "\n".join(["| case | CPU-µs/request, median (min) | ratio to constant | requests/s | p99 ms "
                      "| requests per sync | disturbed | CPU by thread |",
                      "|---|---|---|---|---|---|---|---|", *(row(case, runs) for case in runs)])


def parse_options():
    parser = argparse.ArgumentParser(description="Measures what a request costs orderd in CPU time.")
    parser.add_argument("--program", required=True, help="the orderd to measure")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of one case in one round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--durability", default="journal", choices=["journal", "memory"])
    parser.add_argument("--case", dest="cases", action="append", choices=CASES, help="repeat for several; default all")
    options = parser.parse_args()
    options.cases = options.cases or CASES
    return options


def main():
    options = parse_options()
    try:
        with Server(options.program, options.durability) as server:
            server.seed()
            runs = measure(server, options)
    except Trouble as trouble:
        print(f"measure: {trouble}", file=sys.stderr)
        return 1
    print(f"durability={options.durability}, {options.connections} connections, {options.rounds} rounds of "
          f"{options.seconds} s a case, {os.cpu_count()} cores\n")
    print(table(runs))
    print("\n`disturbed`: intervals of 20 ms in which the machine was stolen or that lasted over 35 ms.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
