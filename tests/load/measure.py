"""Measures what a request costs orderd in CPU time: measure.py --program build/orderd [--rounds 5] [--seconds 4]

Starts orderd on a free port with a temporary data folder, imports a catalogue, and runs the wrk cases in turn
(A B C, A B C, …), so that a slow minute of the machine meets all of them. The figure is CPU-microseconds per
answered request (utime + stime of the process): wall time means little where others share the cores. The ratio is
taken within each round. A run with any answer but the expected one, or with a socket error, ends the measurement.
"""

import argparse
import collections
import contextlib
import os
import re
import statistics
import sys
import threading
import time

from orderd_under_load import Server, Trouble, cpu_ticks, run_wrk, ticks_to_us

CASES = ["constant", "hot_sku", "uniform_skus", "orders", "refusals"]
SAMPLE_SECONDS, SAMPLE_SECONDS_MAX = 0.020, 0.035

Run = collections.namedtuple("Run", "requests seconds cpu_us threads syncs p99_us disturbed")


def cpu_by_thread(pid):
    """CPU ticks of each live thread: {thread id: (name, ticks)}."""
    threads = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            threads[task] = cpu_ticks(f"/proc/{pid}/task/{task}/stat")
    return threads


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


def run_case(server, case, seconds, connections):
    """Runs wrk once and returns its Run; raises Trouble if an answer was not the expected one."""
    pid = server.process.pid
    syncs_before = server.read("/health")["journal_syncs"]
    before, cpu_before = cpu_by_thread(pid), server.cpu_us()
    with Disturbance() as disturbance:
        answers = run_wrk(server, f"{case}.lua", seconds, connections)
    after, cpu_after = cpu_by_thread(pid), server.cpu_us()
    syncs = server.read("/health")["journal_syncs"] - syncs_before
    used = collections.Counter()
    for task, (name, ticks) in after.items():
        used[thread_group(name)] += ticks_to_us(ticks - before.get(task, (name, 0))[1])
    return Run(answers["expected"], answers["seconds"], cpu_after - cpu_before, used, syncs, answers["p99_us"],
               disturbance.share())


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
