"""One orderd under load: its process, its CPU time, and a run of wrk against it. What the measurements share."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

FOLDER = os.path.dirname(os.path.abspath(__file__))
SKUS = 10_000
HOT_SKU = "FLASH-HOT"
UNITS_PLENTY = 1_000_000_000
IMPORT_ROWS_MAX = 5_000
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
START_SECONDS_MAX, STOP_SECONDS_MAX = 120, 60


class Trouble(Exception):
    """The measurement cannot go on; the text says why."""


def stat_fields(stat_path):
    """(name, the fields behind it) of a stat file of /proc; field 0 is the state."""
    with open(stat_path, encoding="utf-8", errors="replace") as stat:
        text = stat.read()
    return text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()


def cpu_ticks(stat_path):
    """(name, utime + stime in ticks) from a stat file of /proc."""
    name, fields = stat_fields(stat_path)
    return name, int(fields[11]) + int(fields[12])


def ticks_to_us(ticks):
    return ticks * 1_000_000 / TICKS_PER_SECOND


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One orderd process with a data folder of its own; ends with the `with` block."""

    def __init__(self, program, durability, database_url=None, settings=None):
        """Without a database it has the embedded store. More settings by their names in the environment."""
        self.program, self.durability, self.database_url = program, durability, database_url
        self.settings = settings or {}

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="orderd-load-")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log_path = os.path.join(self.folder.name, "log")
        environment = {"PATH": os.environ["PATH"], "ORDERD_DURABILITY": self.durability, "LOG_LEVEL": "warn"}
        environment.update(self.settings)
        if self.database_url:
            environment["DATABASE_URL"] = self.database_url
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
        rows += [f"{HOT_SKU},Hot,1.00,{UNITS_PLENTY},", "FLASH-SOLDOUT,Sold out,1.00,0,"]
        for start in range(0, len(rows), IMPORT_ROWS_MAX):
            body = "\n".join(["sku,name,price,on_hand,product_id", *rows[start : start + IMPORT_ROWS_MAX], ""])
            status, answer = self.call("POST", "/stock/import", body, "text/csv")
            if status != 200:
                raise Trouble(f"the import was refused with {status}: {answer[:500]}")
        for sku in ("LOAD-00001", f"LOAD-{SKUS:05}", HOT_SKU, "FLASH-SOLDOUT"):
            self.read(f"/stock/{sku}")

    def read(self, path):
        """The JSON of one GET."""
        status, answer = self.call("GET", path)
        if status != 200:
            raise Trouble(f"GET {path} answers {status}: {answer[:500]}")
        return json.loads(answer)

    def cpu_us(self):
        return ticks_to_us(cpu_ticks(f"/proc/{self.process.pid}/stat")[1])


def run_wrk(server, script, seconds, connections, arguments=(), timeout_seconds=2):
    """Runs wrk once; what answers.lua prints, as a dictionary. Raises Trouble if an answer was not the expected one."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{timeout_seconds}s", "-s", script,
               server.address, "--", *arguments]
    wrk = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=seconds + 60, check=False)
    if server.process.poll() is not None:
        raise Trouble(f"orderd ended with {server.process.returncode} during {script}:\n{server.log_tail()}")
    try:
        answers = json.loads(wrk.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Trouble(f"wrk failed on {script}:\n{wrk.stdout}{wrk.stderr}") from None
    if answers["others"] or answers["socket_errors"] or not answers["expected"]:
        others = ", ".join(f"{count} of status {status}" for status, count in sorted(answers["others"].items()))
        raise Trouble(f"{script}: {answers['expected']} expected answers, others: {others or 'none'}, "
                      f"{answers['socket_errors']} socket errors\n{server.log_tail()}")
    return answers
