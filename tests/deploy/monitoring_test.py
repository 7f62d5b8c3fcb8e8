#!/usr/bin/python3
"""Prometheus' rules, Grafana's files and the runbook, against each other and against promtool.

Usage: monitoring_test.py <orderd>, from the top folder. Whether the queries find data is prometheus_test.py's to see.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

from running_engine import Findings, output, report, setting

DEPLOY = pathlib.Path("deploy")
RULES = DEPLOY / "prometheus/alerts.yml"
UNIT_TESTS = pathlib.Path("tests/deploy/alerts_test.yml")
SEVERITIES = {"page", "ticket"}


def alerts():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def check_promtool(findings):
    for arguments in (["check", "config", DEPLOY / "prometheus/prometheus.yml"], ["check", "rules", RULES],
                      ["test", "rules", UNIT_TESTS]):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=120, check=False)
        findings.expect(done.returncode == 0, f"promtool {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")


def check_cluster_scrape(findings):
    """Debian builds Prometheus without the discovery of Kubernetes: promtool judges the rest of the file."""
    config = yaml.safe_load((DEPLOY / "prometheus/kubernetes-scrape.yml").read_text())
    for job in config["scrape_configs"]:
        findings.expect(job.pop("kubernetes_sd_configs", None), "kubernetes-scrape.yml discovers nothing")
    config["rule_files"] = [str((DEPLOY / "prometheus" / name).resolve()) for name in config["rule_files"]]
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        yaml.safe_dump(config, file)
        file.flush()
        done = subprocess.run(["promtool", "check", "config", file.name], capture_output=True, text=True, timeout=120, check=False)
    findings.expect(done.returncode == 0, f"kubernetes-scrape.yml: {done.stdout}{done.stderr}")


def check_alerts(findings, program):
    """Every alert is complete, and its unit tests show it both firing and silent."""
    seen = {}
    for test in yaml.safe_load(UNIT_TESTS.read_text())["tests"]:
        for each in test.get("promql_expr_test", []):
            name = re.search(r'alertname="(\w+)"', each["expr"])[1]
            seen.setdefault(name, set()).add(bool(each["exp_samples"]))
    for rule in alerts():
        name = rule["alert"]
        findings.expect(rule["labels"].get("severity") in SEVERITIES, f"{name}: severity {rule['labels'].get('severity')}")
        findings.expect(set(rule["annotations"]) == {"summary", "description", "runbook"}, f"{name}: annotations")
        findings.expect(rule["annotations"].get("runbook") == f"runbook.md#{name.lower()}", f"{name}: names another section")
        findings.expect(seen.pop(name, set()) == {True, False}, f"{name}: {UNIT_TESTS} does not show it firing and silent")
    findings.expect(not seen, f"{UNIT_TESTS} tests alerts that are not there: {sorted(seen)}")
    limit = int(setting(program, "journal_backlog_bytes_max"))
    near, full = (next(rule["expr"] for rule in alerts() if rule["alert"] == name)
                  for name in ("OrderdBacklogNearLimit", "OrderdBacklogFillsUp"))
    findings.expect(f"> {limit * 7 // 10}" in near and f"> {limit} " in full, "the alerts of the backlog have another limit")


def anchor(heading):
    """The fragment that a heading gets."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def check_runbook(findings, program):
    text = (DEPLOY / "runbook.md").read_text()
    part = re.search(r"^## Alerts$(.*?)^## ", text, re.M | re.S)[1]
    sections = dict(re.findall(r"^### (.+?)$(.*?)(?=^### |\Z)", part, re.M | re.S))
    severities = {rule["alert"]: rule["labels"].get("severity") for rule in alerts()}
    names = list(severities)
    findings.expect(list(sections) == names, f"runbook.md and the alerts differ: {sorted(set(sections) ^ set(names)) or 'in order'}")
    for name, section in sections.items():
        missing = [word for word in ("Means", "See", "Do", "Wake") if f"**{word}" not in section]
        findings.expect(not missing, f"runbook.md: {name} does not say {missing}")
        wakes = "**Wake** nobody" not in section
        findings.expect(wakes == (severities.get(name) == "page"), f"runbook.md: {name} wakes somebody in one place and not in the other")
    anchors = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, fragment = target.partition("#")
        findings.expect((DEPLOY / file).exists() if file else fragment in anchors, f"runbook.md: {target} leads nowhere")
    known = set(re.findall(r"[A-Z][A-Z0-9_]+", output(program, "--help")))
    unknown = set(re.findall(r"ORDERD_[A-Z_]+", text)) - known
    findings.expect(not unknown, f"runbook.md names settings that are none: {sorted(unknown)}")


def check_dashboard(findings, path):
    board = json.loads(path.read_text())
    datasource = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    variables = {each["name"] for each in board["templating"]["list"]}
    findings.expect(datasource["type"] == "prometheus" and datasource["isDefault"], f"{path}: no data source to fall back on")
    numbers = [panel["id"] for panel in board["panels"]]
    findings.expect(len(set(numbers)) == len(numbers), f"{path}: two panels have one number")
    taken = {}
    for panel in board["panels"]:
        place, title = panel["gridPos"], panel["title"]
        findings.expect(place["x"] + place["w"] <= 24, f"{path}: '{title}' is wider than the page")
        for cell in [(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]:
            findings.expect(cell not in taken, f"{path}: '{title}' lies on '{taken.get(cell)}'")
            taken[cell] = title
        marks = [target["refId"] for target in panel.get("targets", [])]
        findings.expect(len(set(marks)) == len(marks), f"{path}: '{title}' has two queries of one mark")
        findings.expect(panel["type"] == "row" or marks, f"{path}: '{title}' asks for nothing")
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(panel))) - {"__rate_interval"}
        findings.expect(used <= variables, f"{path}: '{title}' uses {sorted(used - variables)}")


def check_provisioning(findings):
    """The paths that Grafana and Prometheus are told are those that the compose file mounts."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    mounts = dict(each.split(":")[:2] for name in ("grafana", "prometheus") for each in services[name]["volumes"])
    provider = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/orderd.yml").read_text())["providers"][0]
    findings.expect(provider["options"]["path"] == mounts["./grafana/dashboards"], "Grafana looks for dashboards elsewhere")
    findings.expect(mounts["./grafana/provisioning"] == "/etc/grafana/provisioning", "Grafana is not provisioned")
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    findings.expect(home.replace(provider["options"]["path"], "deploy/grafana/dashboards") in
                    map(str, (DEPLOY / "grafana/dashboards").glob("*.json")), f"no dashboard {home}")
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    targets = [target for job in config["scrape_configs"] for each in job["static_configs"] for target in each["targets"]]
    hosts = {target.split(":")[0] for target in targets} - {"localhost"}
    findings.expect(hosts <= set(services), f"Prometheus scrapes {hosts}, compose.yaml has {sorted(services)}")
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    findings.expect(source["jsonData"]["timeInterval"] == config["global"]["scrape_interval"], "Grafana expects another pace of scrapes")


def main():
    program = os.path.abspath(sys.argv[1])
    findings = Findings()
    check_promtool(findings)
    check_cluster_scrape(findings)
    check_alerts(findings, program)
    check_runbook(findings, program)
    for path in sorted((DEPLOY / "grafana/dashboards").glob("*.json")):
        check_dashboard(findings, path)
    check_provisioning(findings)
    return report("monitoring_test", findings)


if __name__ == "__main__":
    sys.exit(main())
