"""Which branches of the decision to act the unit tests took: a table, and a test per file.

Counted are the decisions that stand in the source. Left out are the edges that gcov marks as
"throw": the compiler adds one to every call that might throw, and R0 has no handler to test.
"""

import dataclasses
import json
import tempfile

import build
from results import Counts

TEST = "blocker_test"
# File → the least share of its branches, in percent, that the tests must take.
BOUNDS = {"blocker/authorise.cc": 100, "blocker/policy.cc": 100}
OBJECTS = build.ROOT / "build" / "coverage" / "blocker" / "CMakeFiles" / "ringfence_blocker.dir"


@dataclasses.dataclass
class Coverage:
    """Of one source file: decision branches and lines, and where one was never taken."""

    branches: int = 0
    taken: int = 0
    lines: int = 0
    run: int = 0
    missed: list = dataclasses.field(default_factory=list)

    @property
    def percent(self):
        return 100 * self.taken / self.branches if self.branches else 0.0


def measure(report, source):
    """The coverage of one source file from gcov's JSON; None when the report does not have it."""
    files = [file for file in report["files"] if file["file"].endswith(f"/{source}")]
    if not files:
        return None
    coverage = Coverage()
    for line in files[0]["lines"]:
        decisions = [branch for branch in line["branches"] if not branch["throw"]]
        taken = sum(branch["count"] > 0 for branch in decisions)
        coverage.branches += len(decisions)
        coverage.taken += taken
        coverage.lines += 1
        coverage.run += line["count"] > 0
        if taken < len(decisions) or not line["count"]:
            coverage.missed.append((line["line_number"], len(decisions) - taken))
    return coverage


def _report(source):
    data = OBJECTS / f"{source.rsplit('/', 1)[-1]}.gcda"
    if not data.exists():
        raise build.Failure(f"{data} does not exist: no test reached {source}")
    with tempfile.TemporaryDirectory() as folder:
        command = ["gcov", "--json-format", "--branch-probabilities", "--stdout", str(data)]
        code, output = build.run(["env", "-C", folder, *command], "coverage")
    if code:
        raise build.Failure(f"gcov failed ({code}):\n{build.last_lines(output)}")
    return json.loads(output[output.index("{") :])


def check():
    """Prints the table; returns how many files passed and how many failed."""
    failed = 0
    for source, bound in BOUNDS.items():
        coverage = measure(_report(source), source)
        if coverage is None or not coverage.branches:
            raise build.Failure(f"gcov reports no branch of {source}")
        ok = coverage.percent >= bound
        failed += not ok
        branches = f"branches {coverage.taken}/{coverage.branches}"
        share = f"{coverage.percent:.1f} % of {bound} %"
        print(f"  {source:<24} {branches} ({share}), lines {coverage.run}/{coverage.lines}")
        for line, branches in coverage.missed:
            what = f"{branches} branches never taken" if branches else "never run"
            print(f"    {source}:{line}: {what}")
    return Counts(len(BOUNDS) - failed, failed)


def suite(run_tests):
    """run_tests runs the unit tests of the files in build/coverage and returns their counts."""
    build.build("coverage", TEST)
    for data in OBJECTS.rglob("*.gcda"):
        data.unlink()
    counts = run_tests()
    counts.add(check())
    return counts
