"""A real engine for the tests of the deploy files, and what they ask of it."""
import contextlib
import json
import os
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

GUARD_SECONDS = 90


class Findings(list):
    """What is wrong, a sentence each; a test passes without any."""

    def expect(self, holds, sentence):
        if not holds:
            self.append(sentence)
        return bool(holds)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, condition):
    """Asks until the condition gives something, and gives up after the guard's time."""
    deadline = time.monotonic() + GUARD_SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline:
        if found := condition():
            return found
        pause.wait(0.2)
    raise AssertionError(f"{what}: not within {GUARD_SECONDS} s")


def request(url, body=None, method=None, headers=()):
    """The status and the text of an answer; a status of 0 when there is none."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data=data, method=method,
                                   headers={"Content-Type": "application/json"} | dict(headers))
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
    except OSError:
        return 0, ""


def output(*command):
    """What a program prints; it must succeed."""
    return subprocess.run(command, capture_output=True, text=True, timeout=250, check=True).stdout


def bare_environment(settings=()):
    """The settings and nothing of this shell's that the engine would take for one."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
    return kept | dict(settings)


@contextlib.contextmanager
def running(command, log, **options):
    """A program that is ended with the block; `log` gets what it prints."""
    with open(log, "wb") as out, subprocess.Popen(command, stdout=out, stderr=out, **options) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def log_lines(log):
    """The engine's log so far."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]


def ready_port(process, log, message="ready"):
    """The port of an engine that was started with this log, once it is ready."""
    def port():
        if process.poll() is not None:
            raise AssertionError("orderd ended: " + log.read_text(encoding="utf-8"))
        return next((line["port"] for line in log_lines(log) if line["message"] == message), None)

    return until(f"orderd is {message}", port)


def listening_port(process, log):
    """The same as soon as it answers anybody, which is before it is ready."""
    return ready_port(process, log, "listening")


def level_findings(where, process, log, file, reload):
    """The level of the log follows the settings' file while the engine runs, and goes back with it."""
    found, plain = Findings(), file.read_text(encoding="utf-8")
    found.expect(re.search(r'^log_level = "info"$', plain, re.M), f"{where}: {file.name} does not name the level")

    def told(level, times):
        return lambda: sum(line.get("log_level") == level for line in log_lines(log)) >= times

    before = sum(line.get("log_level") == "info" for line in log_lines(log))
    for text, level, times in ((plain.replace('"info"', '"debug"'), "debug", 1), (plain, "info", before + 1)):
        file.write_text(text, encoding="utf-8")
        reload(process)
        until(f"{where}: the level is {level}", told(level, times))
    again = [line for line in log_lines(log) if line["message"] == "the settings file was read again"]
    found.expect([line["log_level"] for line in again[-2:]] == ["debug", "info"], f"{where}: the file does not decide on the level: {again}")
    return found


def audit_findings(where, command, request_file, asked, address, token):
    """The scheduled audit's command passes with an operator's token, and fails with any other. `asked` is the text of
    the file that it reads, as it is shipped."""
    found = Findings()
    found.expect("Bearer TOKEN" in asked, f"{where}: no place for the token")
    here = re.sub(r'url = "http://[^/"]+/', f'url = "{address}/', asked)
    for word, passes in ((token, True), ("of nobody", False)):
        request_file.write_text(here.replace("TOKEN", word), encoding="utf-8")
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        found.expect((done.returncode == 0) == passes, f"{where}: the audit ends with {done.returncode}: {done.stdout}{done.stderr}")
        found.expect(('"ok":true' in done.stdout) == passes, f"{where}: the audit says {done.stdout}{done.stderr}")
    return found


def check_config(program, settings, flags=()):
    """What --check-config says of these settings: its status and its words. It passes over unknown names without the
    engine's prefix, since the environment has others' as well; here every name is meant."""
    known = set(re.findall(r"[A-Z][A-Z0-9_]+", output(program, "--help")))
    if strangers := set(settings) - known:
        return 2, f"no such settings: {sorted(strangers)}"
    done = subprocess.run([program, *flags, "--check-config"], env=bare_environment(settings), capture_output=True,
                          text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def setting(program, key):
    """The default of a setting, as text."""
    _, text = check_config(program, {})
    return next(line for line in text.splitlines() if line.startswith(key + " = ")).split(" = ")[1].split("  #")[0]


def env_file(text):
    """NAME=value lines, as systemd, compose and kustomize read the plain ones that are used here."""
    lines = [line.strip() for line in text.splitlines()]
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def report(name, findings):
    for each in findings:
        print(f"{name}: {each}", flush=True)
    return 1 if findings else 0
