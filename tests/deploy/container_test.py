#!/usr/bin/python3
"""The image and the compose file, as far as they can be held to account without a container engine.

Usage: container_test.py <orderd>, from the top folder. The Dockerfile is linted, its context is laid out and configured,
its environment and its health check are tried on the engine; the compose file is held against the public schema.
"""
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

import yaml

from running_engine import (Findings, bare_environment, check_config, env_file, free_port, level_findings, output,
                            ready_port, report, running, setting)

DEPLOY = pathlib.Path("deploy")
DOCKERFILE = DEPLOY / "Dockerfile"
# What every C++ library of Debian depends on itself.
IMPLIED_PACKAGES = {"libc6", "libgcc-s1", "libstdc++6"}
SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL", re.IGNORECASE)


def instructions(text):
    """The Dockerfile's instructions in order: (stage, name, rest)."""
    stage = -1
    for line in re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.M)).splitlines():
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            stage += 1
        if name:
            yield stage, name, " ".join(rest.split())


def image_environment():
    found = {}
    for stage, name, rest in instructions(DOCKERFILE.read_text()):
        if (stage, name) == (1, "ENV"):
            found |= dict(each.split("=", 1) for each in shlex.split(rest))
    return found


def check_dockerfile(findings):
    text = DOCKERFILE.read_text()
    found = list(instructions(text))
    last = {name: rest for stage, name, rest in found if stage == 1}
    bases = [rest.split()[0] for _, name, rest in found if name == "FROM"]
    findings.expect(bases == ["debian:bookworm-slim"] * 2, f"Dockerfile: the stages are {bases}")
    findings.expect(re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last.get("USER", "")), "Dockerfile: USER is no unprivileged number")
    findings.expect(last.get("EXPOSE") == image_environment()["PORT"], "Dockerfile: EXPOSE is not PORT")
    findings.expect(last.get("STOPSIGNAL") == "SIGTERM", "Dockerfile: STOPSIGNAL is not SIGTERM")
    findings.expect("HEALTHCHECK" in last, "Dockerfile: no HEALTHCHECK")
    findings.expect(json.loads(last["VOLUME"]) == [image_environment()["ORDERD_DATA_DIR"]] == [last["WORKDIR"]],
                    "Dockerfile: the volume, the data folder and the working folder differ")
    findings.expect(not re.search(r"amd64|x86|arm64|aarch64", re.sub(r"#.*", "", text)), "Dockerfile: names an architecture")
    for stage, name, rest in found:
        findings.expect(name != "ADD", "Dockerfile: ADD fetches and unpacks; use COPY")
        findings.expect(name not in ("ENV", "ARG") or not SECRET_NAME.search(rest), f"Dockerfile: a secret in {name} {rest}")


def is_in_context(path, patterns):
    """Whether the file goes to the builder: the last pattern that matches it decides."""
    inside = True
    for pattern in patterns:
        excludes = not pattern.startswith("!")
        plain = pattern.removeprefix("!")
        if plain.startswith("**/"):
            matches = plain[3:] in path.split("/")
        else:
            assert "*" not in plain or plain == "*", f"Dockerfile.dockerignore: {pattern} is not understood here"
            matches = plain == "*" or path == plain or path.startswith(plain + "/")
        inside = not excludes if matches else inside
    return inside


def check_npm_step(findings, folder):
    """The npm packages are installed in front of the sources, where the build looks for them, and asked for no more."""
    steps = [(stage, name + " " + rest) for stage, name, rest in instructions(DOCKERFILE.read_text())]
    at = next((number for number, (_, step) in enumerate(steps) if step.startswith("RUN") and "deploy/npm-install" in step), None)
    if not findings.expect(at is not None, "Dockerfile: no step of its own for the npm packages"):
        return
    findings.expect(steps[at][0] == 0 and at < steps.index((0, "COPY . .")), "Dockerfile: the npm packages come after the sources")
    install = shlex.split(steps[at][1])[-3:]
    wanted = re.search(r"set\(web_packages \$\{CMAKE_CURRENT_BINARY_DIR\}/(\w+)\)", (folder / "http/CMakeLists.txt").read_text())[1]
    findings.expect(install[-1] == f"build/http/{wanted}", f"Dockerfile: the npm packages go to {install[-1]}")
    subprocess.run(install, cwd=folder, timeout=290, check=True)
    # Nobody listens there: whoever asked again would fail.
    nowhere = os.environ | {"npm_config_registry": "http://127.0.0.1:1/", "npm_config_cache": str(folder / "no-cache")}
    done = subprocess.run(install, cwd=folder, timeout=290, check=False, env=nowhere)
    findings.expect(done.returncode == 0, "npm is asked again for what is there")


def check_context(findings, folder):
    """What the builder would get is enough to configure the build and to know every source of it."""
    patterns = [line for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line and line[0] != "#"]
    paths = output("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    sent = [path for path in paths if path and os.path.isfile(path) and is_in_context(path, patterns)]
    for stranger in (".git/config", "data/orderd.lock", "deploy/compose.env", "build/orderd", "http/web/node_modules/a.js"):
        findings.expect(not is_in_context(stranger, patterns), f"Dockerfile.dockerignore: {stranger} would be sent")
    for path in sent:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(pathlib.Path(path).read_bytes())
        target.chmod(os.stat(path).st_mode)
    for _, name, rest in instructions(DOCKERFILE.read_text()):
        for script in re.findall(r"deploy/[a-z-]+\b", rest) if name in ("RUN", "COPY") else []:
            findings.expect((folder / script).is_file(), f"Dockerfile: {script} is not in its context")
    check_npm_step(findings, folder)
    for command in (["cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build"],
                    ["ninja", "-C", folder / "build", "-n", "orderd"]):
        done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
        if not findings.expect(done.returncode == 0, f"the context does not build: {done.stdout[-800:]}{done.stderr[-800:]}"):
            return


def check_libraries(findings, program):
    """Every library that the engine names is in a package of those that running needs."""
    listed = set(output("deploy/install-packages", "--list", "run").split())
    named = re.findall(r"NEEDED.*\[(.*)\]", output("readelf", "-d", program))
    paths = dict(re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", program), re.M))
    for library in named:
        real = os.path.realpath(paths[library])
        owners = {os.path.basename(real), real, real.replace("/usr/lib/", "/lib/", 1)}
        found = subprocess.run(["dpkg", "-S", real], capture_output=True, text=True, check=False).stdout or \
            subprocess.run(["dpkg", "-S", *owners - {real}], capture_output=True, text=True, check=False).stdout
        packages = {line.split(":")[0] for line in found.splitlines()}
        findings.expect(packages & (listed | IMPLIED_PACKAGES),
                        f"install-packages run lacks {library}, which is in {packages or 'no package'}")


def check_image_runs(findings, program, folder):
    """The image's environment asks for a decision on AUTH, and its health check tells a live engine from none."""
    inside = image_environment()
    status, text = check_config(program, inside)
    findings.expect(status == 2 and "AUTH" in text, f"the image alone is not refused for its open doors: {status} {text}")
    port = str(free_port())
    check = json.loads(next(rest for _, name, rest in instructions(DOCKERFILE.read_text()) if name == "HEALTHCHECK")
                       .split("CMD ", 1)[1])
    settings = inside | {"HOST": "127.0.0.1", "PORT": port, "ORDERD_DATA_DIR": str(folder / "data")}
    environment = bare_environment(settings)
    log = folder / "orderd.log"
    with running([program], log, env=environment, cwd=folder) as process:
        ready_port(process, log)
        done = subprocess.run(check, env=environment, timeout=60, check=False)
        findings.expect(done.returncode == 0, "HEALTHCHECK fails beside a live engine")
    done = subprocess.run(check, env=environment, timeout=60, check=False)
    findings.expect(done.returncode != 0, "HEALTHCHECK passes without an engine")


def check_linters(findings, compose):
    subprocess.run(["deploy/npm-install", "tests/deploy/npm"], timeout=290, check=True)
    done = subprocess.run(["node", "tests/deploy/check_container.mjs", str(DOCKERFILE)], input=json.dumps(compose),
                          capture_output=True, text=True, timeout=120, check=False)
    findings.extend(done.stdout.splitlines())
    findings.expect(done.returncode == 0, f"check_container.mjs: {done.stderr}")


def check_service(findings, compose, name, service):
    where = f"compose.yaml: {name}"
    findings.expect("healthcheck" in service, f"{where} has no healthcheck")
    findings.expect(service.get("restart") == "unless-stopped", f"{where} is not started again")
    findings.expect(re.search(r":[\w.-]*\d", service["image"]) or "build" in service, f"{where}: no version in {service['image']}")
    for port in service.get("ports", []):
        findings.expect(port.startswith("127.0.0.1:"), f"{where} publishes {port} to everybody")
    for other, how in service.get("depends_on", {}).items():
        findings.expect(how["condition"] != "service_healthy" or "healthcheck" in compose["services"][other],
                        f"{where} waits for the health of {other}, which has no check")
    for each in service.get("volumes", []):
        source = each.split(":")[0]
        known = (DEPLOY / source).is_dir() if source.startswith(".") else source in compose["volumes"]
        findings.expect(known, f"{where}: no volume or folder {source}")
    for network in service["networks"]:
        findings.expect(network in compose["networks"], f"{where}: no network {network}")
    for key, value in service["environment"].items() if "environment" in service else []:
        findings.expect(not SECRET_NAME.search(key) or re.fullmatch(r"\$\{\w+:\?.*\}", value), f"{where}: {key} has a secret in the file")


def check_compose_level(findings, program, engine, folder):
    """The file that compose mounts decides on the level of the log."""
    file = folder / "orderd.toml"
    here, there = next(each.split(":")[:2] for each in engine["volumes"] if each.startswith("./"))
    file.write_text((DEPLOY / here / file.name).read_text())
    flags = [each.replace(there, str(folder)) for each in engine["command"]]
    log = folder / "level.log"
    with running([program, *flags, "--port", "0", "--data-dir", str(folder / "data")], log, env=bare_environment(), cwd=folder) as process:
        ready_port(process, log)
        findings.extend(level_findings("compose.yaml", process, log, file, lambda each: each.send_signal(signal.SIGHUP)))


def check_compose(findings, program, compose, text):
    for name, service in compose["services"].items():
        check_service(findings, compose, name, service)
    wanted = set(re.findall(r"\$\{(\w+)", text))
    findings.expect(all(re.match(r":\?", rest) for rest in re.findall(r"\$\{\w+(:?.?)", text)), "compose.yaml: a variable may be empty")
    example = env_file((DEPLOY / "compose.env.example").read_text())
    findings.expect(set(example) == wanted, f"compose.env.example has {sorted(example)}, compose.yaml wants {sorted(wanted)}")
    findings.expect(not any(example.values()), "compose.env.example has values, which somebody would keep")
    findings.expect(subprocess.run(["git", "check-ignore", "-q", "deploy/compose.env"], check=False).returncode == 0,
                    "git does not ignore deploy/compose.env")
    engine = compose["services"]["orderd"]
    settings = image_environment() | {name: re.sub(r"\$\{\w+:\?[^}]*\}", "0a1b2c", value)
                                      for name, value in engine["environment"].items()}
    status, words = check_config(program, settings)
    findings.expect(status == 0, f"compose.yaml: the engine refuses its settings: {words}")
    grace = int(engine.get("stop_grace_period", "10s").removesuffix("s")) * 1000
    findings.expect(grace > 2 * int(setting(program, "drain_timeout_ms")), "compose.yaml: killed before it has drained")
    findings.expect(engine.get("read_only") and engine.get("cap_drop") == ["ALL"], "compose.yaml: orderd has more than it needs")


def main():
    program = os.path.abspath(sys.argv[1])
    text = (DEPLOY / "compose.yaml").read_text()
    compose = yaml.safe_load(text)
    findings = Findings()
    check_linters(findings, compose)
    check_dockerfile(findings)
    check_libraries(findings, program)
    check_compose(findings, program, compose, text)
    with tempfile.TemporaryDirectory() as folder:
        check_context(findings, pathlib.Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        check_image_runs(findings, program, pathlib.Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        check_compose_level(findings, program, compose["services"]["orderd"], pathlib.Path(folder))
    return report("container_test", findings)


if __name__ == "__main__":
    sys.exit(main())
