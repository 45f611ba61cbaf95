"""Reading gcov's report: what is counted as a decision, and what is found missing."""

import unittest

from coverage import measure


def branch(count, throw=False):
    return {"count": count, "throw": throw, "fallthrough": False}


def report(*lines):
    lines = [
        {"line_number": number, "count": count, "branches": branches}
        for number, (count, branches) in enumerate(lines, 1)
    ]
    header = {"file": "/usr/include/optional", "lines": []}
    return {"files": [header, {"file": "/src/blocker/a.cc", "lines": lines}]}


class Measure(unittest.TestCase):
    def test_branch_never_taken_is_named_with_its_line(self):
        got = measure(report((1, []), (3, [branch(3), branch(0)])), "blocker/a.cc")
        self.assertEqual((1, 2, 50.0), (got.taken, got.branches, got.percent))
        self.assertEqual([(2, 1)], got.missed)

    def test_exception_edges_are_no_decisions(self):
        got = measure(report((3, [branch(3), branch(0, throw=True)])), "blocker/a.cc")
        self.assertEqual((1, 1, []), (got.taken, got.branches, got.missed))

    def test_line_never_run_is_named(self):
        self.assertEqual([(1, 0)], measure(report((0, [])), "blocker/a.cc").missed)

    def test_file_that_is_not_in_the_report_is_not_measured(self):
        self.assertIsNone(measure(report(), "blocker/b.cc"))


if __name__ == "__main__":
    unittest.main()
