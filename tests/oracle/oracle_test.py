#!/usr/bin/env python3
"""Tests of the oracle and of its cases: would they notice a wrong count?"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from zoneinfo import ZoneInfo

import brute_force
import cases
import scan_cases
from brute_force import Alert, Call, find_alerts

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = cases.HOUR
CASES = 60 * len(cases.SHAPES)


def calls_at(times, number="+866315550001"):
    return [Call(number, t, (i,)) for i, t in enumerate(times)]


class FindAlerts(unittest.TestCase):

    def alerts(self, times, window=100, threshold=2, lateness=HOUR):
        return [(a.at, a.count, a.first_call)
                for a in find_alerts(calls_at(times), window, threshold, lateness)]

    def test_threshold_itself_is_allowed(self):
        self.assertEqual(self.alerts([1, 2]), [])
        self.assertEqual(self.alerts([1, 2, 3]), [(3, 3, 1)])

    def test_call_exactly_one_window_earlier_is_outside(self):
        self.assertEqual(self.alerts([0, 50, 100]), [])
        self.assertEqual(self.alerts([1, 50, 100]), [(100, 3, 1)])

    def test_calls_in_one_instant_are_judged_one_after_the_other(self):
        self.assertEqual(self.alerts([5, 5, 5, 5]), [(5, 3, 5)])

    def test_alert_opens_again_only_after_it_closed(self):
        self.assertEqual(self.alerts([1, 2, 3, 4, 300, 301, 302]), [(3, 3, 1), (302, 3, 300)])
        # At 102 there are three (3, 4, 102), at 104 two: closed; 105 makes it three again.
        self.assertEqual(self.alerts([1, 2, 3, 4, 102, 104, 105]), [(3, 3, 1), (105, 3, 102)])

    def test_order_of_arrival_does_not_matter_within_the_lateness(self):
        self.assertEqual(self.alerts([3, 1, 2]), [(3, 3, 1)])

    def test_late_record_never_triggers(self):
        self.assertEqual(self.alerts([10, 20, 9], lateness=11), [(20, 3, 9)])
        self.assertEqual(self.alerts([10, 20, 9], lateness=10), [])

    def test_duplicates_count_once(self):
        call = Call("+866315550001", 5, ("a",))
        self.assertEqual(find_alerts([call] * 9, 100, 2, HOUR), [])

    def test_numbers_are_counted_apart(self):
        calls = calls_at([1, 2], "+866315550001") + calls_at([3, 4], "+866315550002")
        calls = [call._replace(identity=(i,)) for i, call in enumerate(calls)]
        self.assertEqual(find_alerts(calls, 100, 2, HOUR), [])

    def test_agrees_with_the_definition_written_as_a_sum(self):
        for seed in range(2 * len(cases.SHAPES)):
            case = cases.make_case(seed)
            if case.threshold > 60 or not case.in_order:
                continue
            calls, _ = read_case(case)
            calls = brute_force.Rules().distinct(calls)
            window = brute_force.parse_duration(case.window)
            self.assertEqual(find_alerts(calls, window, case.threshold, HOUR),
                             by_sums(calls, window, case.threshold), f"seed {seed}")


def by_sums(calls, window, threshold):
    """The definition, one sum over everything for every call."""
    alerts, is_open = [], {}
    for i, call in enumerate(calls):
        inside = [c.setup for c in calls[:i + 1]
                  if c.number == call.number and call.setup - window < c.setup <= call.setup]
        if is_open.get(call.number) and len(inside) <= threshold:
            is_open[call.number] = False
        elif not is_open.get(call.number) and len(inside) > threshold:
            is_open[call.number] = True
            alerts.append(Alert(call.number, call.setup, len(inside), min(inside)))
    return alerts


class Reading(unittest.TestCase):

    def test_forms_of_one_number(self):
        for text in ("+866315550001", "00866315550001", "06315550001", "866315550001",
                     "sip:+866315550001@ims.example", "tel:+866315550001", "+86 631 555-0001"):
            self.assertEqual(brute_force.normalise(text), "+866315550001", text)
        for text in ("+8613800000001", "13800000001", "8613800000001", "008613800000001"):
            self.assertEqual(brute_force.normalise(text), "+8613800000001", text)
        for text in ("10086", "12345", "4005550100"):
            self.assertEqual(brute_force.normalise(text), text)
        for text in ("", "8.66E+11", "anonymous", "+"):
            with self.assertRaises(brute_force.Unreadable):
                brute_force.normalise(text)

    def test_forms_of_one_instant(self):
        for text in ("2026-03-03T08:00:00.123+08:00", "2026-03-03T00:00:00.123Z",
                     "2026-03-03 08:00:00.123", "2026/3/3 8:00:00.123", "1772496000.123",
                     "2026-03-03T05:30:00.123+05:30", "1772496000.123000"):
            self.assertEqual(brute_force.parse_time(text, ZONE), 1_772_496_000_123_000, text)
        for text in ("", "tomorrow", "2026-13-01T00:00:00Z", "2026-03-03"):
            with self.assertRaises(brute_force.Unreadable):
                brute_force.parse_time(text, ZONE)

    def test_time_is_printed_with_milliseconds(self):
        self.assertEqual(brute_force.format_time(1_772_496_000_123_999, ZONE),
                         "2026-03-03T08:00:00.123+08:00")


def read_case(case):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(case.text)
        return brute_force.read_calls(path, ZONE)


class AtLeastThreshold(brute_force.Rules):
    def above(self, count, threshold):
        return count >= threshold


class WindowClosedAtBothEnds(brute_force.Rules):
    def before_window(self, setup, now, window):
        return setup < now - window


class WindowAMillisecondShort(brute_force.Rules):
    def before_window(self, setup, now, window):
        return setup <= now - window + cases.MS


class WindowAMillisecondLong(brute_force.Rules):
    def before_window(self, setup, now, window):
        return setup <= now - window - cases.MS


class WindowInWholeSeconds(brute_force.Rules):
    def before_window(self, setup, now, window):
        return setup // cases.SECOND <= (now - window) // cases.SECOND


class CalendarDay(brute_force.Rules):
    def before_window(self, setup, now, window):
        return (setup - cases.MIDNIGHT) // window < (now - cases.MIDNIGHT) // window


class ClosesBelowThreshold(brute_force.Rules):
    def closes(self, count, threshold):
        return count < threshold


class NeverCloses(brute_force.Rules):
    def closes(self, count, threshold):
        return False


class CountsDuplicates(brute_force.Rules):
    def distinct(self, calls):
        return calls


class IgnoresIds(brute_force.Rules):
    """Two calls in one instant are taken for one."""

    def distinct(self, calls):
        return super().distinct(
            [call._replace(identity=(call.number, call.setup)) for call in calls])


class CountsLateRecords(brute_force.Rules):
    def in_time(self, calls, lateness):
        return calls


class DropsTheLatestInTime(brute_force.Rules):
    def in_time(self, calls, lateness):
        return super().in_time(calls, lateness - cases.MS)


MUTANTS = (AtLeastThreshold, WindowClosedAtBothEnds, WindowAMillisecondShort,
           WindowAMillisecondLong, WindowInWholeSeconds, CalendarDay, ClosesBelowThreshold,
           NeverCloses, CountsDuplicates, IgnoresIds, CountsLateRecords, DropsTheLatestInTime)


class Cases(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.cases = [cases.make_case(seed) for seed in range(CASES)]
        cls.calls = []
        cls.rejects = 0
        for case in cls.cases:
            calls, rejects = read_case(case)
            cls.calls.append(calls)
            cls.rejects += rejects
        cls.expected = [cls.alerts(i) for i in range(CASES)]

    @classmethod
    def alerts(cls, index, rules=None):
        case = cls.cases[index]
        return find_alerts(cls.calls[index], brute_force.parse_duration(case.window),
                           case.threshold, brute_force.parse_duration(case.lateness), rules)

    def test_are_more_than_a_thousand_and_readable(self):
        self.assertGreater(len(self.cases), 1_000)
        self.assertEqual(self.rejects, 0)

    def test_are_the_same_for_the_same_seed(self):
        for seed in (0, 8, 15, 100):
            self.assertEqual(cases.make_case(seed), self.cases[seed])

    def test_of_every_shape_have_alerts(self):
        with_alerts = {self.cases[i].shape for i in range(CASES) if self.expected[i]}
        self.assertEqual(with_alerts, {shape.__name__ for shape in cases.SHAPES})

    def test_in_order_are_in_order(self):
        for case, calls in zip(self.cases, self.calls):
            setups = [call.setup for call in calls]
            self.assertEqual(case.in_order, case.in_order and setups == sorted(setups), case.seed)

    def test_shuffled_stay_within_the_lateness(self):
        for case, calls in zip(self.cases, self.calls):
            if case.shape != "late":
                lateness = brute_force.parse_duration(case.lateness)
                self.assertEqual(brute_force.Rules().in_time(calls, lateness), calls, case.seed)

    def test_catch_every_mutant(self):
        for mutant in MUTANTS:
            self.assertTrue(any(self.caught(mutant(), range(CASES))), mutant.__name__)

    def test_out_of_order_catch_wrong_counts_by_their_numbers_alone(self):
        shuffled = [i for i in range(CASES) if not self.cases[i].in_order]
        for mutant in (AtLeastThreshold, WindowClosedAtBothEnds, CalendarDay, CountsDuplicates,
                       CountsLateRecords, DropsTheLatestInTime):
            noticed = any(self.caught(mutant(), shuffled))
            self.assertTrue(noticed, f"{mutant.__name__} went unnoticed")

    def test_of_300_each_catch_a_threshold_that_is_one_off(self):
        at_300 = [i for i in range(CASES) if self.cases[i].shape == "at_300"]
        self.assertTrue(all(self.caught(AtLeastThreshold(), at_300)))

    def caught(self, mutant, indexes):
        """For each case in turn, when it is asked for, whether it shows the mutant's mistake."""
        return (bool(scan_cases.difference(self.cases[i], self.expected[i], self.alerts(i, mutant)))
                for i in indexes)


# Stands in for the program: the oracle behind the command line of `ringfence scan`.
STAND_IN = """#!{python}
import json, sys
sys.path.insert(0, {folder!r})
import brute_force
from zoneinfo import ZoneInfo
value = dict(zip(sys.argv[2:-1:2], sys.argv[3:-1:2]))
zone = ZoneInfo(value["--tz"])
calls, _ = brute_force.read_calls(sys.argv[-1], zone)
for alert in brute_force.find_alerts(
        calls, brute_force.parse_duration(value["--window"]), int(value["--threshold"]) - {error},
        brute_force.parse_duration(value["--lateness"])):
    print(json.dumps({{"rule": "line-frequency", "number": alert.number, "count": alert.count,
                      "at": brute_force.format_time(alert.at, zone),
                      "first_call": brute_force.format_time(alert.first_call, zone)}}))
sys.exit({exit_code})
"""


class ScanCases(unittest.TestCase):

    def run_with(self, error=0, exit_code=0):
        folder = os.path.dirname(os.path.abspath(__file__))
        with tempfile.TemporaryDirectory() as temporary:
            program = os.path.join(temporary, "program")
            with open(program, "w", encoding="utf-8") as file:
                file.write(STAND_IN.format(python=sys.executable, folder=folder, error=error,
                                           exit_code=exit_code))
            os.chmod(program, 0o755)
            return subprocess.run(
                [sys.executable, os.path.join(folder, "scan_cases.py"), program, "--cases", "17"],
                capture_output=True, text=True, check=False)

    def test_pass_a_program_that_counts_right(self):
        done = self.run_with()
        self.assertEqual((done.returncode, done.stdout), (0, "17 passed, 0 failed\n"))

    def test_fail_a_program_whose_threshold_is_one_off(self):
        done = self.run_with(error=1)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"FAILED seed 1 \(at_300\): .*--first 1 --cases 1")
        self.assertTrue(re.search(r"\d passed, [1-9]\d* failed\n$", done.stdout), done.stdout)

    def test_fail_a_program_that_fails(self):
        done = self.run_with(exit_code=1)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines()[-1], "0 passed, 17 failed")


if __name__ == "__main__":
    unittest.main()
