"""What the suites report, and how it is added up."""

import dataclasses
import re


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self):
        return self.passed + self.failed + self.skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        line = f"{self.passed} passed, {self.failed} failed"
        return f"{line}, {self.skipped} skipped" if self.skipped else line


def counts_of_program(exit_code, output):
    """The tests that one test program ran, from what it printed.

    GoogleTest, Python's unittest and the style checker are counted test by test, anything else as
    one test. A program that ends badly without naming a failed test counts one failure.
    """
    counts = _google_test(output) or _unittest(output) or _summary(output) or Counts(passed=1)
    if exit_code and not counts.failed:
        counts.passed -= 1 if counts == Counts(passed=1) else 0
        counts.failed = 1
    return counts


def _google_test(output):
    if not re.search(r"^\[=+\] Running \d+ tests? from ", output, re.MULTILINE):
        return None
    return Counts(
        passed=_last(r"^\[  PASSED  \] (\d+) tests?\.", output),
        failed=_last(r"^\[  FAILED  \] (\d+) tests?, listed below", output),
        skipped=_last(r"^\[  SKIPPED \] (\d+) tests?, listed below", output)
        + _last(r"^  YOU HAVE (\d+) DISABLED TESTS?", output),
    )


def _unittest(output):
    ran = _last(r"^Ran (\d+) tests? in ", output)
    if not ran:
        return None
    result = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", output, re.MULTILINE)
    parts = dict(re.findall(r"(\w+)=(\d+)", result[-1] if result else ""))
    failed = int(parts.get("failures", 0)) + int(parts.get("errors", 0))
    skipped = int(parts.get("skipped", 0))
    return Counts(ran - failed - skipped, failed, skipped)


def _summary(output):
    match = re.search(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", output, re.MULTILINE)
    return Counts(*(int(group or 0) for group in match.groups())) if match else None


def _last(pattern, output):
    found = re.findall(pattern, output, re.MULTILINE)
    return int(found[-1]) if found else 0
