"""Running test programs at a time: what shares servers must not, and none may be lost."""

import threading
import unittest
from unittest import mock

import suites

PASSED = "1 passed, 0 failed\n"


def tests(**labels):
    return [(name, [name], {"LABELS": [label]}) for name, label in labels.items()]


class Ctest(unittest.TestCase):
    def run_tests(self, found, run):
        with (
            mock.patch.object(suites, "_tests_of", return_value=found),
            mock.patch.object(suites.build, "run", run),
            mock.patch.object(suites.build, "jobs", return_value="2"),
        ):
            return suites.ctest("release", "any")

    def test_as_many_at_a_time_as_there_are_jobs(self):
        both = threading.Barrier(2)

        def run(*_):
            both.wait(timeout=60)  # returns when the other has come, too
            return 0, PASSED

        self.assertEqual("4 passed, 0 failed",
                         str(self.run_tests(tests(a="unit", b="unit", c="sim", d="fuzz"), run)))

    def test_those_with_servers_one_at_a_time(self):
        threads = set()

        def run(*_):
            threads.add(threading.get_ident())
            return 0, PASSED

        found = tests(a="integration", b="integration", c="bench-smoke", d="softswitch")
        self.assertEqual("4 passed, 0 failed", str(self.run_tests(found, run)))
        self.assertEqual(1, len(threads))

    def test_a_failure_is_counted_wherever_it_comes(self):
        def run(command, *_):
            return (1, "") if command[-1] == "b" else (0, PASSED)

        with mock.patch("builtins.print"):
            counts = self.run_tests(tests(a="unit", b="unit", c="integration"), run)
        self.assertEqual("2 passed, 1 failed", str(counts))


if __name__ == "__main__":
    unittest.main()
