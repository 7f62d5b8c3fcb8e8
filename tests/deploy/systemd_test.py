#!/usr/bin/python3
"""The unit of systemd: judged by systemd-analyze, and its command line run as systemd would.

Usage: systemd_test.py <orderd>, from the top folder. What the sandbox forbids is not tried, since that takes a running
systemd.
"""
import hashlib
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

from running_engine import (Findings, audit_findings, bare_environment, check_config, env_file, free_port, level_findings, log_lines, ready_port, report,
                            request, running, setting, until)

FOLDER = pathlib.Path("deploy/systemd")
SETTINGS_FILE = pathlib.Path("deploy/settings/orderd.toml")
# Of 100; the engine has 12.
EXPOSURE_MAX = {"orderd.service": 13, "orderd-audit.service": 13}
TOKEN = "a token of the tests"


def unit_values(text, key):
    return re.findall(rf"^{key}=(.*)$", text, re.M)


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=120, check=False,
                          env=os.environ | {"LC_ALL": "C", "SYSTEMD_PAGER": ""})
    return done.returncode, done.stdout, done.stderr


def check_unit(findings, program, text, folder):
    units = sorted(FOLDER.glob("*.service")) + sorted(FOLDER.glob("*.timer"))
    for each in units:
        (folder / each.name).write_text(each.read_text().replace("/usr/local/bin/orderd", program))
    for each in units:
        status, out, err = analyze("verify", "--man=no", str(folder / each.name))
        # An unknown key only warns, so nothing may be said at all.
        findings.expect(status == 0 and not (out + err).strip(), f"systemd-analyze verify {each.name}: {status} {out}{err}")
    for name, exposure in EXPOSURE_MAX.items():
        status, out, err = analyze("security", "--offline=true", f"--threshold={exposure}", str(folder / name))
        findings.expect(status == 0, f"systemd-analyze security {name}: {err}{out[-400:]}")
    stop = int(unit_values(text, "TimeoutStopSec")[0]) * 1000
    findings.expect(stop > 2 * int(setting(program, "drain_timeout_ms")), "killed before it has drained")
    user = unit_values(text, "User")[0]
    findings.expect(re.search(rf"^u {user} - ", (FOLDER / "orderd.sysusers.conf").read_text(), re.M), f"nobody makes the user {user}")
    files = int(unit_values(text, "LimitNOFILE")[0])
    findings.expect(files > 4 * int(setting(program, "connections_max")), "too few files for the connections")


def moved(text, program, folder):
    """The same with the folders of the unit below a folder of the test."""
    for path, here in (("/usr/local/bin/orderd", program), ("/var/lib/orderd", folder / "state"), ("/etc/orderd", folder / "etc")):
        text = text.replace(path, str(here))
    return text


def check_life(findings, program, text, folder):
    """Starts the unit's command line with its environment file, has the tokens read again, and stops it."""
    (folder / "state").mkdir()
    (folder / "etc").mkdir()
    tokens = folder / "etc/tokens"
    tokens.write_text("# none yet\n")
    settings = env_file(moved((FOLDER / "orderd.env.example").read_text(), program, folder)) | {"PORT": str(free_port())}
    file = folder / "etc/orderd.toml"
    file.write_text(SETTINGS_FILE.read_text())
    status, words = check_config(program, settings, ["--config", str(file)])
    findings.expect(status == 0, f"the engine refuses its settings: {words}")
    serving = shlex.split(moved(unit_values(text, "ExecStart")[0], program, folder))
    log = folder / "orderd.log"
    with running(serving, log, env=bare_environment(settings), cwd=folder / "state") as process:
        address = f"http://127.0.0.1:{ready_port(process, log)}"
        caller = {"Authorization": f"Bearer {TOKEN}"}
        findings.expect(request(f"{address}/orders", headers=caller)[0] == 401, "a token that is not there yet is taken")
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        tokens.write_text(f"operator {digest}\n")
        reload = shlex.split(unit_values(text, "ExecReload")[0].replace("$MAINPID", str(process.pid)))
        subprocess.run(reload, timeout=60, check=True)
        until("the tokens were read again", lambda: [each for each in log_lines(log) if "again" in each["message"]])
        findings.expect(request(f"{address}/orders", headers=caller)[0] == 200, "a token that was added is not taken")
        findings.extend(level_findings("orderd.service", process, log, file, lambda _: subprocess.run(reload, timeout=60, check=True)))
        audit = folder / "audit.curl"
        command = shlex.split(unit_values((FOLDER / "orderd-audit.service").read_text(), "ExecStart")[0]
                              .replace("${CREDENTIALS_DIRECTORY}", str(folder)))
        findings.extend(audit_findings("orderd-audit.service", command, audit, (FOLDER / "audit.curl.example").read_text(),
                                       address, TOKEN))
        process.send_signal(signal.SIGTERM)
        ended = process.wait(int(unit_values(text, "TimeoutStopSec")[0]))
        findings.expect(ended == 0, f"SIGTERM ends it with {ended}")
    findings.expect(any((folder / "state").iterdir()), "nothing in the state folder")
    refused = subprocess.run(serving, env=bare_environment(settings | {"PORT": "x"}), cwd=folder, capture_output=True,
                             timeout=60, check=False)
    findings.expect([str(refused.returncode)] == unit_values(text, "RestartPreventExitStatus"),
                    f"refused settings end with {refused.returncode} and would be tried again")


def main():
    program = os.path.abspath(sys.argv[1])
    text = (FOLDER / "orderd.service").read_text()
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        check_unit(findings, program, text, pathlib.Path(folder))
        check_life(findings, program, text, pathlib.Path(folder))
    return report("systemd_test", findings)


if __name__ == "__main__":
    sys.exit(main())
