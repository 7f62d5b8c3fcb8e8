"""Shows what tests/support/tally.py counts: cases by their reports, and trouble never as nothing."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

TALLY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support", "tally.py")
TWO_PASSED = "<testsuite><testcase classname='a' name='x'/><testcase name='y'/></testsuite>"
ONE_FAILED = "<testsuite><testcase name='x'/><testcase classname='a' name='y'><failure/></testcase></testsuite>"
SKIPPED = "<testsuite><testcase name='x'/><testcase name='y'><skipped/></testcase></testsuite>"


class Tally(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.plan, self.ended = [], []

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def executable(self, name, report, status="run"):
        """A Boost.Test executable that left this report (None: no file) and ended so for ctest (None: not at all)."""
        if report is not None:
            self.write(name + ".xml", report)
        logger = f"--logger=HRF,error,stdout:JUNIT,test_suite,{self.path(name)}.xml"
        self.plan.append({"name": name, "command": ["/build/tests/" + name, logger]})
        if status:
            self.ended.append(f"<testcase name='{name}' status='{status}'/>")

    def script(self, name, status):
        self.plan.append({"name": name, "command": ["/tests/" + name]})
        self.ended.append(f"<testcase name='{name}' status='{status}'/>")

    def last_line(self):
        """The last line that tally.py prints; its exit code is 0 exactly when that line counts no failure."""
        self.write("plan.json", json.dumps({"tests": self.plan}))
        if not os.path.exists(self.path("ctest.xml")):
            self.write("ctest.xml", f"<testsuite>{''.join(self.ended)}</testsuite>")
        run = subprocess.run([sys.executable, TALLY, self.path("plan.json"), self.path("ctest.xml")],
                             capture_output=True, text=True, check=False)
        last = run.stdout.splitlines()[-1]
        self.assertEqual(run.returncode == 0, last.endswith(" 0 failed"), run.stdout)
        self.output = run.stdout
        return last

    def test_cases_are_counted_not_executables(self):
        self.executable("domain", TWO_PASSED)
        self.executable("config", TWO_PASSED)
        self.script("tidy", "run")
        self.assertEqual(self.last_line(), "5 passed, 0 failed")

    def test_a_failed_case_is_named(self):
        self.executable("domain", ONE_FAILED, "fail")
        self.assertEqual(self.last_line(), "1 passed, 1 failed")
        self.assertIn("FAILED domain: a/y\n", self.output)

    def test_a_crash_without_a_report_is_a_failure(self):
        self.executable("domain", None, "fail")
        self.executable("config", TWO_PASSED)
        self.assertEqual(self.last_line(), "2 passed, 1 failed")

    def test_an_executable_that_left_an_empty_report_is_a_failure_though_it_exited_with_0(self):
        self.executable("domain", "")
        self.assertEqual(self.last_line(), "0 passed, 1 failed")

    def test_a_crash_after_the_last_case_is_a_failure(self):
        self.executable("domain", TWO_PASSED, "fail")
        self.assertEqual(self.last_line(), "2 passed, 1 failed")

    def test_an_executable_without_a_case_is_a_failure(self):
        self.executable("domain", "<testsuite/>")
        self.assertEqual(self.last_line(), "0 passed, 1 failed")

    def test_a_test_that_did_not_run_is_a_failure(self):
        self.executable("domain", TWO_PASSED, None)
        self.assertEqual(self.last_line(), "0 passed, 1 failed")

    def test_no_test_is_a_failure(self):
        self.assertEqual(self.last_line(), "0 passed, 1 failed")

    def test_a_ctest_that_died_is_a_failure(self):
        self.executable("domain", TWO_PASSED)
        self.write("ctest.xml", "<testsuite>")
        self.assertEqual(self.last_line(), "0 passed, 1 failed")

    def test_a_failed_script_is_a_failure(self):
        self.script("tidy", "fail")
        self.assertEqual(self.last_line(), "0 passed, 1 failed")

    def test_a_skipped_case_is_named_and_counts_as_neither(self):
        self.executable("domain", SKIPPED)
        self.assertEqual(self.last_line(), "1 passed, 0 failed")
        self.assertIn("SKIPPED domain: y\n", self.output)

    def test_control_characters_do_not_spoil_a_report(self):
        header = "<?xml version='1.0' encoding='UTF-8'?>\n"
        self.executable("domain", header + ONE_FAILED.replace("<failure/>", "<failure>\x01\x1b</failure>"), "fail")
        self.assertEqual(self.last_line(), "1 passed, 1 failed")


if __name__ == "__main__":
    sys.exit(unittest.main())
