#!/usr/bin/env python3
"""Types the README's console sessions into a shell, against a fresh engine, and compares what comes back.

Usage: readme_session.py <orderd> <README.md> <catalogue.csv>. In the README, `…` stands for anything.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

GUARD_SECONDS = 60
SENTINEL = "--- the end of this command ---"


def steps(readme):
    """The commands of every console block, in order, each with the output shown."""
    for block in re.findall(r"```console\n(.*?)```", readme, re.S):
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


def start(program, folder):
    """Starts the engine on a free port; its process and its port."""
    log = open(folder / "log", "w+", encoding="utf-8")
    process = subprocess.Popen([program, "--port", "0", "--data-dir", str(folder / "data")], stderr=log)
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


def main():
    program, readme, catalogue = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    session = list(steps(readme.read_text(encoding="utf-8")))
    if not session:
        sys.exit("the README shows no console session")
    with tempfile.TemporaryDirectory() as folder:
        process, port = start(program, pathlib.Path(folder))
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
    print(f"{len(session) - len(wrong)} of {len(session)} commands print what the README shows")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
