#!/usr/bin/python3
"""A real Prometheus scrapes a real engine with deploy/prometheus, and answers every query of dashboard and alerts.

Usage: prometheus_test.py <orderd>, from the top folder. The engine sells, refuses and publishes meanwhile, so that every
panel has something to show. Names that /metrics does not have are listed before anything else.
"""
import contextlib
import json
import math
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import yaml

from running_engine import bare_environment, free_port, ready_port, report, request, running, until

RATE_INTERVAL = "10s"
FOREIGN = "foreign"
CUSTOMER = "550e8400-e29b-41d4-a716-446655440000"
DEPLOY = pathlib.Path("deploy")
# Words of PromQL that look like names of metrics where no parenthesis follows.
PROMQL_WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset"}
# These name what must be absent in a healthy engine: they are valid, and have nothing to show.
SILENT_WHILE_HEALTHY = {"OrderdMissing"}


def start_nats(stack, folder):
    port = free_port()
    stack.enter_context(running(["nats-server", "--addr", "127.0.0.1", "--port", str(port), "--jetstream",
                                 "--store_dir", str(folder / "nats")], folder / "nats.log"))

    def listens():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return True
        return False

    until("nats-server listens", listens)
    return f"nats://127.0.0.1:{port}"


def start_orderd(stack, program, folder, nats):
    settings = {"NATS_URL": nats, "PAYMENTS": "ledger", "ORDER_PLACEMENT": "immediate"}
    log = folder / "orderd.log"
    process = stack.enter_context(running([program, "--port", "0", "--data-dir", str(folder / "data")], log,
                                          env=bare_environment(settings)))
    return f"127.0.0.1:{ready_port(process, log)}"


def start_prometheus(stack, folder, orderd):
    """Prometheus with the configuration that is deployed, but for addresses and a pace that a test can wait for."""
    address = f"127.0.0.1:{free_port()}"
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    config["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str((DEPLOY / "prometheus" / name).resolve()) for name in config["rule_files"]]
    targets = {"orderd": orderd, "prometheus": address}
    for job in config["scrape_configs"]:
        job["static_configs"] = [{"targets": [targets[job["job_name"]]]}]
    # The same figures as those of another job: what finds them does not ask for the engine's alone.
    config["scrape_configs"].append({"job_name": FOREIGN, "static_configs": [{"targets": [orderd], "labels": {"instance": FOREIGN}}]})
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    stack.enter_context(running(["prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder / 'tsdb'}",
                                 f"--web.listen-address={address}", "--log.level=warn"], folder / "prometheus.log"))
    until("Prometheus is ready", lambda: request(f"http://{address}/-/ready")[0] == 200)
    return f"http://{address}"


def sell(api, over):
    """Buys, asks for too much, reserves, reads and names what is not there, until it is over."""
    lines = {"good": [{"sku": "HOT-1", "qty": 1}], "too_much": [{"sku": "FEW-1", "qty": 99}],
             "unknown": [{"sku": "NONE-1", "qty": 1}]}
    while not over.is_set():
        for items in lines.values():
            request(f"{api}/orders", {"customer_id": CUSTOMER, "items": items})
        request(f"{api}/stock/HOT-1/reservations", {"qty": 1, "ttl_seconds": 1, "holder": "cart"})
        request(f"{api}/stock/FEW-1/reservations", {"qty": 99, "ttl_seconds": 1, "holder": "cart"})
        request(f"{api}/orders?limit=1")
        over.wait(0.05)


def fill(api):
    for sku, on_hand in (("HOT-1", 1_000_000), ("FEW-1", 3)):
        status, text = request(f"{api}/stock/{sku}", {"name": sku, "price": 1.00, "on_hand": on_hand}, "PUT")
        assert status in (200, 201), text
    request(f"{api}/accounts/{CUSTOMER}", method="PUT")
    status, text = request(f"{api}/accounts/{CUSTOMER}/deposits", {"amount": 100_000.00, "reason": "test"})
    assert status in (200, 201), text


def dashboard_queries(instances=".*"):
    """(where, expression, legend) of every panel of every dashboard, with the variables put in."""
    for path in sorted((DEPLOY / "grafana/dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        asked = [(panel["title"], each["expr"], each["legendFormat"])
                 for panel in board["panels"] for each in panel.get("targets", [])]
        for title, expr, legend in asked:
            expr = expr.replace("$__rate_interval", RATE_INTERVAL).replace("$instance", instances)
            assert "$" not in expr, f"{path}: {title}: a variable that nothing puts in: {expr}"
            yield f"panel '{title}'", expr, legend


def foreign_findings(prometheus, missing):
    """Every service has requests, processes and builds: a panel must not show those of another job."""
    asked = [each for each in dashboard_queries(FOREIGN) if not metric_names(each[1]) & missing]
    if not query(prometheus, f'http_requests_total{{job="{FOREIGN}",instance="{FOREIGN}"}}')[0]:
        yield "Prometheus has not scraped the other job"
    for where, expr, _ in asked:
        series, error = query(prometheus, expr)
        if error or series:
            yield f"{where}: shows what another job has: {error or expr}"


def alert_rules():
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], " ".join(rule["expr"].split())


def metric_names(expr):
    plain = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", expr)
    plain = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", plain)
    words = re.findall(r"(?<![\w.])[a-zA-Z_:][\w:]*\b(?!\s*\()", plain)
    return {word for word in words if word not in PROMQL_WORDS}


def query(prometheus, expr):
    """The series of an instant query that have a number, or the complaint about the query."""
    status, text = request(f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": expr}))
    answer = json.loads(text)
    if status != 200:
        return None, answer["error"]
    result = answer["data"]["result"]
    assert answer["data"]["resultType"] == "vector", f"{expr}: {answer['data']['resultType']}"
    return [series for series in result if not math.isnan(float(series["value"][1]))], None


def missing_names(exported):
    """Names that the dashboards and alerts ask for and the engine does not export, with who asks."""
    missing = {}
    asked = [(where, expr) for where, expr, _ in dashboard_queries()]
    asked += [(f"alert {name}", expr) for name, expr in alert_rules()]
    named = re.findall(r"\border(?:d|s)?_[a-z_]+\b", (DEPLOY / "runbook.md").read_text())
    asked += [("runbook.md", name) for name in named]
    for where, expr in asked:
        for name in metric_names(expr) - exported - {"up"}:
            missing.setdefault(name, {})[where] = True
    return missing


def judged(outcome, where, expr, legend):
    """What is wrong with the answer to a panel's query; nothing if it shows something."""
    series, error = outcome
    if error:
        return f"{where}: {error}: {expr}"
    if not series:
        return f"{where}: no data: {expr}"
    labels = series[0]["metric"]
    if strangers := set(re.findall(r"\{\{(\w+)\}\}", legend)) - set(labels):
        return f"{where}: the legend names {sorted(strangers)}, the series have {sorted(labels)}: {expr}"
    return None


def panel_findings(prometheus, missing):
    asked = [each for each in dashboard_queries() if not metric_names(each[1]) & missing]
    found = []

    def all_show_something():
        found[:] = filter(None, (judged(query(prometheus, expr), where, expr, legend) for where, expr, legend in asked))
        return not found

    # Rates need a few scrapes more, and rare things a while.
    with contextlib.suppress(AssertionError):
        until("every panel shows something", all_show_something)
    return found


def alert_findings(prometheus, missing):
    for name, expr in alert_rules():
        if metric_names(expr) & missing:
            continue
        series, error = query(prometheus, expr)
        if error:
            yield f"alert {name}: {error}"
        elif series:
            yield f"alert {name}: holds for a healthy engine: {series}"
        if name in SILENT_WHILE_HEALTHY:
            continue
        # Without its thresholds the same expression must find its series, or it would never hold either.
        shown = re.sub(r"\s(?:==|!=|>=|<=|>|<)\s-?[\d.e]+\b", " ", expr).replace(',status=~"5.."', "")
        series, error = query(prometheus, shown)
        if error or series is None or not series:
            yield f"alert {name}: finds nothing to judge: {error or shown}"
    _, text = request(f"{prometheus}/api/v1/rules")
    for group in json.loads(text)["data"]["groups"]:
        for rule in group["rules"]:
            if rule["health"] != "ok":
                yield f"alert {rule['name']}: {rule['health']}: {rule.get('lastError')}"


def exposition_findings(text):
    lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60,
                          check=False)
    if lint.returncode != 0 or lint.stdout or lint.stderr:
        yield f"promtool check metrics: {lint.stdout}{lint.stderr}".rstrip()


def findings(program, folder):
    with contextlib.ExitStack() as stack:
        nats = start_nats(stack, folder)
        orderd = start_orderd(stack, program, folder, nats)
        api = f"http://{orderd}"
        fill(api)
        over = threading.Event()
        seller = threading.Thread(target=sell, args=(api, over))
        seller.start()
        stack.callback(seller.join)
        stack.callback(over.set)
        prometheus = start_prometheus(stack, folder, orderd)
        until("Prometheus has scraped the engine for a while",
              lambda: query(prometheus, 'count_over_time(up{job="orderd"}[1m]) > 12')[0])
        assert query(prometheus, 'up{job="orderd"} == 1')[0], "the last scrape of the engine failed"
        status, text = request(f"{api}/metrics")
        assert status == 200, text
        yield from exposition_findings(text)
        exported = set(re.findall(r"^([a-zA-Z_:][\w:]*)", text, re.M))
        missing = missing_names(exported)
        for name, where in sorted(missing.items()):
            yield f"/metrics has no {name}, asked for by {', '.join(where)}"
        yield from panel_findings(prometheus, set(missing))
        yield from foreign_findings(prometheus, set(missing))
        yield from alert_findings(prometheus, set(missing))


def main():
    with tempfile.TemporaryDirectory() as folder:
        found = list(findings(os.path.abspath(sys.argv[1]), pathlib.Path(folder)))
    return report("prometheus_test", found)


if __name__ == "__main__":
    sys.exit(main())
