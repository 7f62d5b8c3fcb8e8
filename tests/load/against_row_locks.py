"""Compares orderd with the row-lock way on one PostgreSQL: against_row_locks.py --program build/orderd [--rounds 3]

The row-lock way is what a service does with a conditional UPDATE and two INSERTs in one transaction; here pgbench does
it with prepared statements and without HTTP, on tables without a secondary index or a foreign key: no service does it
for less. orderd takes the same orders over HTTP from wrk, with PostgreSQL behind it. The ways take turns (A B C,
A B C, …) on one server, each time in a new database, after a checkpoint.

orders/s is what was acknowledged, from the first request to the last answer. PostgreSQL's CPU (utime + stime of all its
processes) is taken until orderd's write-behind has caught up; of pgbench only in the midst of the run, so that
connecting 256 backends is not charged to its orders. The run ends with an error if an answer is other than 201 or if
the tables do not add up.
"""

import argparse
import collections
import contextlib
import datetime
import json
import math
import os
import re
import signal
import statistics
import subprocess
import sys
import time

from orderd_under_load import FOLDER, HOT_SKU, SKUS, UNITS_PLENTY, Server, Trouble, run_wrk
from temporary_postgres import PROGRAMS, TemporaryPostgres

CASES = {"hot": "one hot SKU", "all": f"{SKUS:,} SKUs"}
WAYS = {"row_locks": "row locks", "journal": "`journal`", "store": "`store`"}
CONNECTIONS_BESIDE = 44  # orderd's own, psql, those reserved for superusers
# pgbench runs so much longer before and after its CPU is taken: its connections prepare and meet the rows first.
SETTLING_SECONDS, MARGIN_SECONDS = 2, 3
ANSWER_SECONDS_MAX, CATCH_UP_SECONDS_MAX = 60, 600
SKUS_COMPARED = 100

ROW_LOCK_TABLES = f"""
CREATE TABLE stock (sku text PRIMARY KEY, qty bigint NOT NULL CHECK (qty >= 0));
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id text NOT NULL,
  status text NOT NULL, total_cents bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE order_items (order_id bigint NOT NULL, sku text NOT NULL, qty integer NOT NULL,
  price_cents bigint NOT NULL, PRIMARY KEY (order_id, sku));
INSERT INTO stock SELECT number, {UNITS_PLENTY} FROM generate_series(1, {SKUS}) number;
"""
ROW_LOCK_SUMS = f"""SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_items),
  (SELECT sum({UNITS_PLENTY} - qty) FROM stock)"""
# Not count(*), which would read the table in the midst of a run. Nothing is rolled back, so no number is skipped.
ROW_LOCK_ORDERS_BEGUN = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('orders', 'id')), 0)"
ORDERD_SUMS = """SELECT (SELECT count(*) FROM orders), (SELECT sum(qty) FROM order_items),
  (SELECT sum(reserved) FROM products)"""
ORDERD_STOCK = "SELECT sku, on_hand, reserved FROM products"

Run = collections.namedtuple("Run", "orders seconds postgres_us orderd_us p99_ms catch_up_seconds")


def rate(run):
    return run.orders / run.seconds


def postgres_cost(run):
    return run.postgres_us / run.orders


def expect_sums(way, orders, sums):
    if any(amount != str(orders) for amount in sums):
        raise Trouble(f"{way}: {orders} orders were acknowledged, but the tables hold {sums[0]} orders, {sums[1]} "
                      f"units in items and {sums[2]} units taken from stock")


def run_for(process, seconds):
    """Lets a process run on, unless it ends by itself, which is an error here."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        output, trouble = process.communicate(timeout=seconds)
        raise Trouble(f"pgbench ended early with {process.returncode}:\n{output}{trouble}")


def wait_for_connections(postgres, database, pgbench, connections):
    connected = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND application_name = 'pgbench'"
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while int(postgres.query(connected)[0][0]) < connections:
        if time.monotonic() > deadline:
            raise Trouble(f"pgbench has not connected within {ANSWER_SECONDS_MAX} s:\n{postgres.log_tail()}")
        run_for(pgbench, 0.05)


def pgbench_figure(output, pattern):
    found = re.search(pattern, output, re.MULTILINE)
    if not found:
        raise Trouble(f"pgbench prints no `{pattern}`:\n{output}")
    return float(found.group(1))


def orders_begun(postgres, database):
    return int(postgres.query(ROW_LOCK_ORDERS_BEGUN, database)[0][0])


def run_row_locks(postgres, case, connections, seconds):
    with postgres.database() as database:
        postgres.query(ROW_LOCK_TABLES, database)
        postgres.query("VACUUM ANALYZE", database)
        postgres.query("CHECKPOINT")
        skus = 1 if case == "hot" else SKUS
        pgbench = subprocess.Popen(
            [f"{PROGRAMS}/pgbench", "-n", "-M", "prepared", "-f", "row_locks.sql", "-D", f"skus={skus}",
             "-c", str(connections), "-j", str(min(2, os.cpu_count())),
             "-T", str(SETTLING_SECONDS + seconds + MARGIN_SECONDS), *postgres.address(), "-U", "postgres", database],
            cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_for_connections(postgres, database, pgbench, connections)
            run_for(pgbench, SETTLING_SECONDS)
            orders_before, cpu_before = orders_begun(postgres, database), postgres.cpu_us()
            run_for(pgbench, seconds)
            cpu_after, orders_after = postgres.cpu_us(), orders_begun(postgres, database)
            # On a hot row those who wait are served one by one even after the time is up.
            output, errors = pgbench.communicate(timeout=seconds + 10 * ANSWER_SECONDS_MAX)
        finally:
            if pgbench.poll() is None:
                pgbench.kill()
                pgbench.communicate()
        if pgbench.returncode or pgbench_figure(output, r"^number of failed transactions: (\d+)"):
            raise Trouble(f"pgbench failed with {pgbench.returncode}:\n{output}{errors}")
        orders = int(pgbench_figure(output, r"^number of transactions actually processed: (\d+)"))
        rate = pgbench_figure(output, r"^tps = ([\d.]+) \(without initial connection time\)")
        expect_sums("row locks", orders, postgres.query(ROW_LOCK_SUMS, database)[0])
        if orders_after <= orders_before:
            raise Trouble(f"row locks: no order was taken in {seconds} s; ask for more --seconds")
        cost = (cpu_after - cpu_before) / (orders_after - orders_before)
        return Run(orders, orders / rate, cost * orders, 0, math.nan, 0)


def catch_up(server):
    """Waits until the store holds all that the journal holds; for how many seconds."""
    began = time.monotonic()
    while time.monotonic() - began < CATCH_UP_SECONDS_MAX:
        health = server.read("/health")
        if health["applied_seq"] == health["durable_seq"]:
            return time.monotonic() - began
        server.pause()
    raise Trouble(f"write-behind has not caught up within {CATCH_UP_SECONDS_MAX} s: {json.dumps(health)}")


def compare_stock(server, postgres, database):
    """The engine's sums of some SKUs against the table's."""
    rows = {sku: (int(on_hand), int(reserved)) for sku, on_hand, reserved in postgres.query(ORDERD_STOCK, database)}
    for sku in [HOT_SKU, *(f"LOAD-{number:05}" for number in range(1, SKUS + 1, SKUS // SKUS_COMPARED))]:
        item = server.read(f"/stock/{sku}")
        engine = item["on_hand"], item["reserved"]
        if rows.get(sku) != engine or item["on_hand"] != UNITS_PLENTY:
            raise Trouble(f"{sku}: on hand and reserved are {engine} in orderd, {rows.get(sku)} in its table")


def run_orderd(program, durability, postgres, case, connections, seconds):
    with postgres.database() as database, Server(program, durability, postgres.url(database)) as server:
        server.seed()
        catch_up(server)
        postgres.query("CHECKPOINT")
        postgres_before, orderd_before = postgres.cpu_us(), server.cpu_us()
        answers = run_wrk(server, "orders_to_the_last.lua", seconds + ANSWER_SECONDS_MAX, connections,
                          [case, str(seconds)], ANSWER_SECONDS_MAX)
        caught_up = catch_up(server)
        postgres_us, orderd_us = postgres.cpu_us() - postgres_before, server.cpu_us() - orderd_before
        orders = answers["expected"]
        expect_sums(durability, orders, postgres.query(ORDERD_SUMS, database)[0])
        compare_stock(server, postgres, database)
        return Run(orders, answers["seconds"], postgres_us, orderd_us, answers["p99_us"] / 1000, caught_up)


def measure(postgres, options):
    """{(case, connections): {way: [Run of each round]}}, the ways in turn within each round."""
    runs = {(case, connections): {way: [] for way in options.ways}
            for case in options.cases for connections in options.connections}
    for number in range(1, options.rounds + 1):
        for (case, connections), ways in runs.items():
            for way, done in ways.items():
                run = (run_row_locks(postgres, case, connections, options.seconds) if way == "row_locks" else
                       run_orderd(options.program, way, postgres, case, connections, options.seconds))
                done.append(run)
                engine = "" if way == "row_locks" else (
                    f", {run.orderd_us / run.orders:.1f} of orderd, p99 {run.p99_ms:.1f} ms, "
                    f"caught up in {run.catch_up_seconds:.1f} s")
                print(f"round {number}/{options.rounds} {case} {connections} {way}: {rate(run):.0f} orders/s, "
                      f"{postgres_cost(run):.1f} CPU-us/order of PostgreSQL{engine}", file=sys.stderr)
    return runs


def median(runs, figure, style):
    return format(statistics.median(figure(run) for run in runs), style)


def ratio(ways, way, figure, style):
    """The median of the rounds' ratios to the row-lock way."""
    if "row_locks" not in ways:
        return "–"
    rounds = zip(ways[way], ways["row_locks"])
    return format(statistics.median(figure(run) / figure(base) for run, base in rounds), style)


def figure_columns(runs, ways, title, figure, style, ratio_style):
    """Of each way the median, and for orderd's ways the ratio to row locks: [title, a cell for each line]."""
    for way in ways:
        yield [f"{WAYS[way]}: {title}", *(median(done[way], figure, style) for done in runs.values())]
        if way != "row_locks":
            yield ["ratio", *(ratio(done, way, figure, ratio_style) for done in runs.values())]


def table(runs, ways):
    """Markdown; a way that was not run has no columns."""
    columns = [["case", *(CASES[case] for case, _ in runs)],
               ["connections", *(str(connections) for _, connections in runs)],
               *figure_columns(runs, ways, "orders/s", rate, ",.0f", ".1f"),
               *figure_columns(runs, ways, "PostgreSQL CPU-µs/order", postgres_cost, ",.1f", ".3f")]
    for way in ways:
        if way != "row_locks":
            columns += [[f"{WAYS[way]}: {title}", *(median(done[way], figure, ".1f") for done in runs.values())]
                        for title, figure in (("orderd CPU-µs/order", lambda run: run.orderd_us / run.orders),
                                              ("p99 ms", lambda run: run.p99_ms),
                                              ("s to catch up", lambda run: run.catch_up_seconds))]
    titles, *lines = zip(*columns)
    return "\n".join("| " + " | ".join(line) + " |" for line in (titles, ["---"] * len(titles), *lines))


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")


def at_least_one(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def parse_options():
    parser = argparse.ArgumentParser(description="Compares orderd with row locks on the same PostgreSQL.")
    parser.add_argument("--program", required=True, help="the orderd to measure")
    parser.add_argument("--rounds", type=at_least_one, default=3)
    parser.add_argument("--seconds", type=at_least_one, default=8, help="of one way of one case in one round")
    parser.add_argument("--connections", type=at_least_one, action="append",
                        help="repeat for several; default 64 and 256")
    parser.add_argument("--case", dest="cases", action="append", choices=CASES, help="repeat for several; default all")
    parser.add_argument("--way", dest="ways", action="append", choices=WAYS, help="repeat for several; default all")
    options = parser.parse_args()
    options.connections = options.connections or [64, 256]
    options.cases = list(dict.fromkeys(options.cases or CASES))
    options.ways = [way for way in WAYS if way in (options.ways or WAYS)]
    return options


def main():
    options = parse_options()
    # Ended from outside, the blocks below still end what they started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        with TemporaryPostgres(max(300, max(options.connections) + CONNECTIONS_BESIDE)) as postgres:
            setup = postgres.description()
            runs = measure(postgres, options)
    except (Trouble, subprocess.TimeoutExpired) as trouble:
        print(f"against_row_locks: {trouble}", file=sys.stderr)
        return 1
    print(f"{datetime.date.today()}, {os.cpu_count()} cores of {processor()}; {setup}; {options.rounds} rounds of "
          f"{options.seconds} s a case and way, medians; ratios are to row locks within a round\n")
    print(table(runs, options.ways))
    return 0


if __name__ == "__main__":
    sys.exit(main())
