"""A PostgreSQL server of its own in a temporary folder, with the settings of a production server, and its CPU time."""

import contextlib
import itertools
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from orderd_under_load import Trouble, cpu_ticks, free_port, stat_fields, ticks_to_us

PROGRAMS = "/usr/lib/postgresql/15/bin"
START_SECONDS_MAX, STOP_SECONDS_MAX, STATEMENT_SECONDS_MAX = 60, 60, 300
SYNCS_TIMED, BLOCK_BYTES = 200, 8192
# What is not named here has PostgreSQL's own default.
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB",
            "autovacuum": "on"}
SHOWN = [*SETTINGS, "max_connections", "wal_sync_method", "max_wal_size", "checkpoint_timeout"]


class TemporaryPostgres:
    """Listens on 127.0.0.1 only and ends with the `with` block, or with the thread that started it."""

    def __init__(self, connections_max):
        self.settings = {**SETTINGS, "max_connections": str(connections_max), "listen_addresses": "127.0.0.1",
                         "unix_socket_directories": ""}
        self.names = (f"bench_{number}" for number in itertools.count(1))
        self.process = None

    def __enter__(self):
        if not os.path.exists(f"{PROGRAMS}/postgres"):
            raise Trouble(f"there is no PostgreSQL in {PROGRAMS}; deploy/install-packages load installs it")
        self.folder = tempfile.TemporaryDirectory(prefix="orderd-postgres-")
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            # Fast, immediate, and at last without asking; its children end when the parent is gone.
            for ending in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                self.process.send_signal(ending)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(STOP_SECONDS_MAX)
                    break
                print(f"PostgreSQL did not stop within {STOP_SECONDS_MAX} s of {ending.name}", file=sys.stderr)
        self.folder.cleanup()

    def start(self):
        folder = self.folder.name
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        data, self.log_path, self.port = os.path.join(folder, "data"), os.path.join(folder, "log"), free_port()
        made = subprocess.run(
            self.as_its_user(f"{PROGRAMS}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                             "--locale=C.UTF-8", "--no-sync"),
            cwd=folder, capture_output=True, text=True, timeout=START_SECONDS_MAX, check=False)
        if made.returncode:
            raise Trouble(f"initdb failed:\n{made.stdout}{made.stderr}")
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        with open(self.log_path, "wb") as log:
            # A session of its own: Ctrl-C reaches this script, which stops the server when the rest has ended.
            self.process = subprocess.Popen(
                self.as_its_user(f"{PROGRAMS}/postgres", "-D", data, "-p", str(self.port), *options),
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.wait_until_ready()

    @staticmethod
    def as_its_user(*command):
        drop = ["--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        return ["setpriv", *drop, "--pdeathsig=INT", *command]

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise Trouble(f"PostgreSQL ended with {self.process.wait(0.1)}:\n{self.log_tail()}")
            asked = subprocess.run([f"{PROGRAMS}/pg_isready", "-q", *self.address()], timeout=START_SECONDS_MAX,
                                   check=False)
            if asked.returncode == 0:
                return
        raise Trouble(f"PostgreSQL was not ready after {START_SECONDS_MAX} s:\n{self.log_tail()}")

    def log_tail(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-10:])

    def address(self):
        """Where it is, as arguments of PostgreSQL's programs."""
        return ["-h", "127.0.0.1", "-p", str(self.port)]

    def url(self, database):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def query(self, sql, database="postgres"):
        """The rows of the last statement, each a list of texts."""
        asked = subprocess.run(
            [f"{PROGRAMS}/psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql,
             self.url(database)], capture_output=True, text=True, timeout=STATEMENT_SECONDS_MAX, check=False)
        if asked.returncode:
            raise Trouble(f"PostgreSQL refuses `{sql}`:\n{asked.stderr}")
        return [line.split("\t") for line in asked.stdout.splitlines()]

    @contextlib.contextmanager
    def database(self):
        """The name of a new database, which is dropped at the end."""
        name = next(self.names)
        self.query(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            if self.process.poll() is None:
                self.query(f"DROP DATABASE {name} WITH (FORCE)")

    def description(self):
        version = self.query("SHOW server_version")[0][0]
        shown = ", ".join(f"{name}={self.query(f'SHOW {name}')[0][0]}" for name in SHOWN)
        kind = subprocess.run(["stat", "-f", "-c", "%T", self.folder.name], capture_output=True, text=True, timeout=10,
                              check=True)
        return (f"PostgreSQL {version} on {kind.stdout.strip()}, fdatasync of 8 kB in {self.sync_us():.0f} µs "
                f"(median): {shown}")

    def sync_us(self):
        """What a commit waits for: the median of writing and syncing a block where the server's data lies."""
        taken = []
        with tempfile.TemporaryFile(dir=self.folder.name, buffering=0) as file:
            os.posix_fallocate(file.fileno(), 0, SYNCS_TIMED * BLOCK_BYTES)
            os.fsync(file.fileno())
            for _ in range(SYNCS_TIMED):
                began = time.monotonic()
                file.write(bytes(BLOCK_BYTES))
                os.fdatasync(file.fileno())
                taken.append((time.monotonic() - began) * 1e6)
        return statistics.median(taken)

    def children(self):
        """Ids of its processes but the first."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as children:
            return children.read().split()

    def cpu_us(self):
        """CPU time of all its processes so far, those that have ended included."""
        own = f"/proc/{self.process.pid}/stat"
        while True:
            # A child moves from its own account to its parent's when it is reaped: read until none has meanwhile.
            fields, children = stat_fields(own)[1], self.children()
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                ticks = sum(cpu_ticks(f"/proc/{child}/stat")[1] for child in children)
                if fields[11:15] == stat_fields(own)[1][11:15] and children == self.children():
                    return ticks_to_us(ticks + sum(int(field) for field in fields[11:15]))
