#!/usr/bin/env python3
"""Types the README's console sessions into a shell, against a fresh engine, and compares what comes back.

Usage: readme_session.py <orderd> <README.md> <catalogue.csv>. In the README, `…` stands for anything. A block that
begins with ```console NAME=value belongs to an engine with these settings: blocks of the same settings share one.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

GUARD_SECONDS = 60
SENTINEL = "--- the end of this command ---"


def sessions(readme):
    """The commands of the console blocks in order, each with the output shown, by the settings of their engine."""
    found = {}
    for settings, block in re.findall(r"```console(.*?)\n(.*?)```", readme, re.S):
        found.setdefault(settings.strip(), []).extend(steps(block))
    return found


def steps(block):
    """The commands of a block, each with the output shown."""
    command, shown = None, []
    for line in block.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command, "\n".join(shown)
            command, shown = line[2:], []
        elif line.startswith("> "):
            command += "\n" + line[2:]
        else:
            shown.append(line)
    if command is not None:
        yield command, "\n".join(shown)


def matches(shown, printed):
    pattern = ".*?".join(re.escape(part) for part in shown.split("…"))
    return re.fullmatch(pattern, printed, re.S) is not None


def start(program, folder, settings):
    """Starts the engine on a free port with these settings (`NAME=value …`); its process and its port."""
    log = open(folder / "log", "w+", encoding="utf-8")
    process = subprocess.Popen([program, "--port", "0", "--data-dir", str(folder / "data")], stderr=log,
                               env=os.environ | dict(each.split("=", 1) for each in settings.split()))
    deadline = time.monotonic() + GUARD_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in (folder / "log").read_text(encoding="utf-8").splitlines():
            if line.endswith("}") and json.loads(line).get("message") == "ready":
                return process, json.loads(line)["port"]
    process.kill()
    sys.exit("orderd did not become ready: " + (folder / "log").read_text(encoding="utf-8"))


def load(port, catalogue):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/stock/import", data=catalogue.read_bytes(),
                                     headers={"Content-Type": "text/csv"}, method="POST")
    with urllib.request.urlopen(request, timeout=GUARD_SECONDS) as answer:
        assert json.load(answer)["failed"] == 0


def run(port, session):
    """Types the commands into one shell; what each printed."""
    script = ["shopt -s expand_aliases"]
    for command, _ in session:
        script += [command.replace("localhost:8080", f"127.0.0.1:{port}"), f"printf '\\n%s\\n' '{SENTINEL}'"]
    done = subprocess.run(["bash"], input="\n".join(script) + "\n", capture_output=True, text=True,
                          timeout=GUARD_SECONDS, check=False)
    return [text.strip("\n") for text in done.stdout.split(SENTINEL)[: len(session)]]


def check(program, catalogue, settings, session):
    """Types one session; the number of commands that print something else than the README shows."""
    with tempfile.TemporaryDirectory() as folder:
        process, port = start(program, pathlib.Path(folder), settings)
        try:
            load(port, catalogue)
            printed = run(port, session)
        finally:
            process.terminate()
            process.wait(GUARD_SECONDS)
    wrong = [(command, shown, got) for (command, shown), got in zip(session, printed, strict=True)
             if not matches(shown, got)]
    for command, shown, got in wrong:
        print(f"$ {command}\n  README: {shown}\n  orderd: {got}\n", file=sys.stderr)
    return len(wrong)


def main():
    program, readme, catalogue = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    found = sessions(readme.read_text(encoding="utf-8"))
    if not found:
        sys.exit("the README shows no console session")
    commands = sum(len(session) for session in found.values())
    wrong = sum(check(program, catalogue, settings, session) for settings, session in found.items())
    print(f"{commands - wrong} of {commands} commands print what the README shows")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
