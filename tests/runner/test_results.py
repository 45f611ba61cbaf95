"""Counting what test programs print: a wrong count here would hide a failure."""

import unittest

from results import Counts, counts_of_program

GOOGLE_TEST = """[==========] Running 5 tests from 2 test suites.
[  PASSED  ] 2 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] A.B
[  FAILED  ] 2 tests, listed below:
[  FAILED  ] A.C
[  FAILED  ] A.D
 2 FAILED TESTS
  YOU HAVE 1 DISABLED TEST
"""


class CountsOfProgram(unittest.TestCase):
    def test_google_test_is_counted_test_by_test(self):
        self.assertEqual(Counts(2, 2, 2), counts_of_program(1, GOOGLE_TEST))

    def test_crash_after_passed_tests_is_a_failure(self):
        started = "[==========] Running 5 tests from 2 test suites.\n"
        self.assertEqual(Counts(0, 1), counts_of_program(-11, started))

    def test_google_test_that_ran_nothing_counts_nothing(self):
        output = "[==========] Running 0 tests from 0 test suites.\n[  PASSED  ] 0 tests.\n"
        self.assertEqual(0, counts_of_program(0, output).total)

    def test_unittest_is_counted_test_by_test(self):
        output = "Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n"
        self.assertEqual(Counts(3, 3, 1), counts_of_program(1, output))

    def test_closing_line_is_counted(self):
        self.assertEqual(Counts(4, 1, 2), counts_of_program(1, "4 passed, 1 failed, 2 skipped\n"))

    def test_other_program_is_one_test(self):
        self.assertEqual(Counts(1, 0), counts_of_program(0, "fine\n"))
        self.assertEqual(Counts(0, 1), counts_of_program(3, "broken\n"))

    def test_bad_end_of_a_passing_report_is_a_failure(self):
        self.assertEqual(Counts(4, 1), counts_of_program(1, "4 passed, 0 failed\n"))


class Summary(unittest.TestCase):
    def test_skipped_is_named_only_when_there_are_some(self):
        self.assertEqual("3 passed, 0 failed", str(Counts(3)))
        self.assertEqual("3 passed, 1 failed, 2 skipped", str(Counts(3, 1, 2)))


if __name__ == "__main__":
    unittest.main()
