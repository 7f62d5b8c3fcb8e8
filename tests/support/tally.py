"""Counts test cases after a ctest run: tally.py <plan.json> <ctest.xml>

The plan (`ctest --show-only=json-v1`) says what had to run, ctest's JUnit file how each test ended. A Boost.Test
executable also writes a report of its own, named in its command line, and is counted by its cases; any other
test counts as one. An executable that failed without a failed case (a crash, a timeout) or that left no
readable report counts as a failure. No test at all is a failure too.
"""

import json
import re
import sys
import xml.etree.ElementTree as xml


def report_path(command):
    """The file a Boost.Test executable writes its JUnit report to, or None for any other command."""
    for word in command:
        found = re.search(r"JUNIT,\w+,([^:]+)", word)
        if found:
            return found.group(1)
    return None


def cases_of(path):
    """(passed, names of failed, names of skipped) of one Boost.Test report; raises if it cannot be read."""
    with open(path, encoding="utf-8", errors="replace") as report:
        # A check that failed on binary data puts control characters into the report, which XML forbids.
        text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "?", report.read())
    passed, failed, skipped = 0, [], []
    for case in xml.fromstring(text.split("?>", 1)[-1]).iter("testcase"):
        name = "/".join(part for part in (case.get("classname"), case.get("name")) if part)
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is not None:
            skipped.append(name)
        else:
            passed += 1
    return passed, failed, skipped


def tally_one(test, ended):
    """(passed, failures, skipped) of one planned test, each failure a readable line."""
    name = test["name"]
    status = {"fail": "failed"}.get(ended.get(name), ended.get(name))
    if status is None or "command" not in test:
        return 0, [f"{name}: did not run"], []
    path = report_path(test["command"])
    if path is None:
        return (1, [], []) if status == "run" else (0, [f"{name}: {status}"], [])
    try:
        passed, failed, skipped = cases_of(path)
    except (OSError, xml.ParseError) as trouble:
        return 0, [f"{name}: ended without a report ({trouble})"], []
    failures = [f"{name}: {case}" for case in failed]
    if status != "run" and not failed:
        failures.append(f"{name}: {status} outside of its test cases")
    if passed + len(failures) == 0:
        failures.append(f"{name}: ran no test case")
    return passed, failures, [f"{name}: {case}" for case in skipped]


def tally(plan_path, ctest_path):
    """(passed, failures, skipped) of a whole run."""
    with open(plan_path, encoding="utf-8") as plan_file:
        plan = json.load(plan_file)["tests"]
    if not plan:
        return 0, ["no test matched"], []
    try:
        ended = {case.get("name"): case.get("status") for case in xml.parse(ctest_path).getroot().iter("testcase")}
    except (OSError, xml.ParseError) as trouble:
        return 0, [f"ctest left no report ({trouble})"], []
    passed, failures, skipped = 0, [], []
    for test in plan:
        one_passed, one_failures, one_skipped = tally_one(test, ended)
        passed += one_passed
        failures += one_failures
        skipped += one_skipped
    return passed, failures, skipped


def main():
    passed, failures, skipped = tally(sys.argv[1], sys.argv[2])
    print()
    for line in skipped:
        print(f"SKIPPED {line}")
    for line in failures:
        print(f"FAILED {line}")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
