"""Measures what being scraped costs: scrape_cost.py --program build/orderd [--rounds 5] [--seconds 4]

Runs every case once so that the page shows all that it can, then asks for /metrics again and again on one connection,
first with nothing else to do and then beside a wrk run that keeps the engine busy. The figure is CPU-microseconds per
scrape (utime + stime of the process) and what that is of one core at one scrape a second. Under load the cost of a
scrape is what the rounds with scrapes take more for each order than those without, in turn.
"""

import argparse
import http.client
import os
import statistics
import sys
import threading

from orderd_under_load import Server, Trouble, run_wrk

WARM_UP = ["uniform_skus.lua", "hot_sku.lua", "refusals.lua", "orders.lua", "constant.lua"]
LOAD = "orders.lua"
IDLE_SCRAPES = 2000


class Scraper:
    """Asks for the page `per_second` times a second in a thread of its own, until the block ends."""

    def __init__(self, server, per_second):
        self.server, self.pause, self.count = server, 1 / per_second, 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        while not self.ended.wait(self.pause):
            scrape(connection)
            self.count += 1
        connection.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def scrape(connection):
    """The page."""
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    page = answer.read()
    if answer.status != 200:
        raise Trouble(f"GET /metrics answers {answer.status}")
    return page


def idle_cost(server):
    """(CPU-us of one scrape, the last page)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    page = scrape(connection)
    before = server.cpu_us()
    for _ in range(IDLE_SCRAPES):
        page = scrape(connection)
    cost = (server.cpu_us() - before) / IDLE_SCRAPES
    connection.close()
    return cost, page


def cost_per_order(server, options):
    """(CPU-us for each order, orders)."""
    before = server.cpu_us()
    answers = run_wrk(server, LOAD, options.seconds, options.connections)
    return (server.cpu_us() - before) / answers["expected"], answers["expected"]


def loaded_cost(server, options):
    """[CPU-us of one scrape beside the load, of each round]."""
    costs = []
    for number in range(1, options.rounds + 1):
        plain, _ = cost_per_order(server, options)
        with Scraper(server, options.per_second) as scraper:
            scraped, orders = cost_per_order(server, options)
        costs.append((scraped - plain) * orders / max(scraper.count, 1))
        print(f"round {number}/{options.rounds}: {plain:.1f} CPU-us an order, "
              f"{scraped:.1f} beside {scraper.count} scrapes",
              file=sys.stderr)
    return costs


def share(cost_us):
    return f"{cost_us / 10_000:.3f} %"


def parse_options():
    parser = argparse.ArgumentParser(description="Measures what being scraped costs.")
    parser.add_argument("--program", required=True, help="the orderd to measure")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each half of a round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--per-second", type=int, default=50, help="scrapes beside the load")
    return parser.parse_args()


def main():
    options = parse_options()
    try:
        with Server(options.program, "journal") as server:
            server.seed()
            for script in WARM_UP:
                run_wrk(server, script, 1, options.connections)
            idle, page = idle_cost(server)
            loaded = loaded_cost(server, options)
    except Trouble as trouble:
        print(f"scrape_cost: {trouble}", file=sys.stderr)
        return 1
    print(f"{options.connections} connections, {options.rounds} rounds of twice {options.seconds} s, "
          f"{os.cpu_count()} cores; the page has {len(page.splitlines())} lines and "
          f"{len(page)} bytes\n")
    print("| | CPU-µs a scrape | of one core, scraped each second |\n|---|---|---|")
    print(f"| idle | {idle:.0f} | {share(idle)} |")
    median = statistics.median(loaded)
    print(f"| beside {LOAD} | {median:.0f} ({min(loaded):.0f}–{max(loaded):.0f}) | {share(median)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
