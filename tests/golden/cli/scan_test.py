#!/usr/bin/env python3
"""`ringfence scan` from outside: objects, listings, list files, quarantine, terminal.

    scan_test.py path/to/ringfence
"""

import os
import re
from datetime import datetime, timedelta, timezone

from program import HEADER, ProgramTest, main

ONE, TWO = "+8613800000001", "+8613800000002"
NOW = datetime.now(timezone(timedelta(hours=8)))


def day(offset):
    return (NOW + timedelta(days=offset)).strftime("%Y-%m-%d")


class Scan(ProgramTest):

    def three_calls(self, *numbers):
        return self.calls("cdr.csv", *((f"{number}-{i}", number, i)
                                       for number in numbers for i in range(3)))

    def scan(self, *arguments, code=0):
        return self.run_program("scan", "cdr.csv", "--threshold", "2", *arguments, code=code)

    def judged(self, *arguments):
        return {alert["number"]: (alert["listing"], alert["action"], alert["work_order"])
                for alert in self.scan(*arguments).objects()}


class Objects(Scan):

    def test_alert_has_the_fields_of_the_contract(self):
        self.three_calls(ONE)
        alert, = self.scan("--window", "90m").objects()
        expected = {"rule": "line-frequency", "number": ONE, "count": 3, "threshold": 2,
                    "window": "90m", "at": "2026-03-03T10:00:02.000+08:00",
                    "first_call": "2026-03-03T10:00:00.000+08:00", "listing": "unknown",
                    "action": "held", "work_order": True}
        self.assertEqual({key: alert[key] for key in expected}, expected)
        self.assertEqual(list(alert)[:len(expected)], list(expected))

    def test_features_stand_behind_the_other_fields_when_asked_for(self):
        self.write("cdr.csv", f"{HEADER}\n" + "".join(
            f"r{i},{ONE},+86631555{1000 + i},2026-03-03T10:00:0{i}+08:00,"
            f"2026-03-03T10:01:00+08:00,2026-03-03T10:01:0{4 + i}+08:00,,\n" for i in range(3)))
        plain, = self.scan().objects()
        self.assertNotIn("features", plain)
        alert, = self.scan("--features").objects()
        self.assertEqual(list(alert), list(plain) + ["features"])
        self.assertEqual(alert["features"], {
            "since": "2026-03-03T10:00:01.000+08:00", "calls": 2, "answered": 2,
            "answer_ratio": 1, "short": 1, "talk_seconds": 11, "short_share": 0.5,
            "average_seconds": 5.5, "distinct_called": 2, "sequential": 1,
            "sequential_share": 0.5, "first_hour": "2026-03-03T10:00:00.000+08:00",
            "calls_by_hour": [2], "day": {"answered": 3, "short": 2, "talk_seconds": 15}})

    def test_window_is_echoed(self):
        self.three_calls(ONE)
        for given, echoed in (("24h", "24h"), ("1d", "24h"), ("1h", "1h"), ("60m", "1h"),
                              ("90m", "90m"), ("3s", "3s"), ("31d", "744h")):
            alert, = self.scan("--window", given).objects()
            self.assertEqual(alert["window"], echoed)

    def test_times_are_in_the_zone_asked_for(self):
        self.three_calls(ONE)
        alert, = self.scan("--tz", "America/New_York").objects()
        self.assertEqual(alert["at"], "2026-03-02T21:00:02.000-05:00")

    def test_terminal_shows_a_table_and_progress_a_pipe_shows_neither(self):
        self.three_calls(ONE)
        seen = self.run_in_terminal("scan", "cdr.csv", "--threshold", "2")
        self.assertIn("number or subject", seen)
        self.assertIn("100%", seen)
        self.assertIn("1 alert of 1 subject\r\n", seen)
        done = self.scan()
        self.assertEqual(done.out[0], "{")
        self.assertNotIn("%", done.err)
        self.assertNotIn("\x1b", done.out + done.err)

    def test_without_a_whitelist_it_says_how_to_give_one(self):
        self.three_calls(ONE)
        self.assertIn("--whitelist", self.scan().err)
        self.write("w.csv", "number\n")
        self.assertNotIn("--whitelist", self.scan("--whitelist", "w.csv").err)


class Totals(Scan):

    def test_daily_limit_is_for_a_day_whatever_the_window(self):
        self.write("l.csv", "line_id,number,customer_id,customer_name,daily_limit\n"
                            f"L1,{ONE},C1,x,4\nL1,{TWO},C1,x,4\n")
        rows = "".join(f"r{i},{(ONE, TWO)[i % 2]},110,2026-03-0{1 + i}T10:00:00Z,,,,\n"
                       for i in range(6))
        self.write("cdr.csv", f"{HEADER}\n{rows}")
        self.assertEqual(self.run_program("scan", "cdr.csv", "--ledger", "l.csv", "--window",
                                          "7d").objects(), [])
        self.three_calls(ONE, TWO)
        alerts = self.run_program("scan", "cdr.csv", "--ledger", "l.csv", "--window", "1s",
                                  "--lateness", "1m").objects()
        self.assertEqual([(a["rule"], a["subject"]["id"], a["count"], a["threshold"], a["window"])
                          for a in alerts], [("line-total", "L1", 5, 4, "24h"),
                                             ("customer-total", "C1", 5, 4, "24h")])


class Thresholds(Scan):
    """By what the ledger says of a number's line, and in several windows."""

    def setUp(self):
        super().setUp()
        self.calls("cdr.csv", *((f"{number}-{i}", number, i)
                                for number in (ONE, TWO) for i in range(9)))
        self.write("l.csv", "line_id,number,customer_id,class,industry\n"
                            f"L1,{ONE},C1,hospital,healthcare\nL2,{TWO},C2,,call-center\n")

    def found(self, *arguments):
        done = self.run_program("scan", "cdr.csv", "--threshold", "6", "--ledger", "l.csv",
                                *arguments)
        return sorted((alert["rule"], alert["number"], alert["count"], alert["threshold"])
                      for alert in done.objects())

    def test_class_industry_and_customer_have_their_own(self):
        self.assertEqual(self.found("--threshold-class", "hospital=8",
                                    "--threshold-industry", "call-center=3"),
                         [("line-frequency", ONE, 9, 8), ("line-frequency", TWO, 4, 3)])
        self.assertEqual(self.found("--threshold-class", "hospital=3",
                                    "--threshold-industry", "healthcare=4",
                                    "--threshold-customer", "C1=5",
                                    "--threshold-customer", "C2=100"),
                         [("line-frequency", ONE, 6, 5)])

    def test_lines_that_are_not_named_have_the_rules_own(self):
        self.assertEqual(self.found("--threshold-class", "utility=1"),
                         [("line-frequency", ONE, 7, 6), ("line-frequency", TWO, 7, 6)])

    def test_name_that_no_line_has_is_told(self):
        done = self.run_program("scan", "cdr.csv", "--ledger", "l.csv", "--threshold-industry",
                                "call-centre=5")
        self.assertIn("no line of the ledger has industry 'call-centre'", done.err)

    def test_class_that_does_not_exist_is_a_usage_error_that_lists_them(self):
        done = self.run_program("scan", "cdr.csv", "--ledger", "l.csv", "--threshold-class",
                                "call-center=5", code=2)
        self.assertIn("ordinary, hospital, government, utility, disaster-warning", done.err)

    def test_without_a_ledger_they_are_a_usage_error(self):
        done = self.run_program("scan", "cdr.csv", "--threshold-class", "hospital=5", code=2)
        self.assertIn("--ledger", done.err)

    def test_name_given_twice_is_a_usage_error(self):
        done = self.run_program("scan", "cdr.csv", "--ledger", "l.csv", "--threshold-customer",
                                "C1=5", "--threshold-customer", "C1=6", code=2)
        self.assertIn("--threshold-customer 'C1=6'", done.err)

    def test_another_window_is_a_rule_with_an_id_of_its_own(self):
        self.assertEqual(self.found("--also", "2s=1", "--also", "90m=7", "--threshold-class",
                                    "hospital=100"),
                         [("line-frequency", TWO, 7, 6),
                          ("line-frequency-2s", ONE, 2, 1), ("line-frequency-2s", TWO, 2, 1),
                          ("line-frequency-90m", ONE, 8, 7), ("line-frequency-90m", TWO, 8, 7)])

    def test_one_window_twice_is_a_usage_error(self):
        done = self.run_program("scan", "cdr.csv", "--also", "60m=5", "--also", "1h=6", code=2)
        self.assertIn("--also '1h=6'", done.err)

    def test_table_names_the_rule_when_there_is_another_than_line_frequency(self):
        arguments = ("scan", "cdr.csv", "--threshold", "6", "--output", "table")
        self.assertNotIn("line-frequency", self.run_program(*arguments).out)
        with_rules = self.run_program(*arguments, "--also", "2s=1").out
        self.assertIn("line-frequency-2s", with_rules)


class Listings(Scan):

    def test_floor_stands_above_a_list_that_does_not_hold_it(self):
        self.three_calls("110", "12345", "10086", "+8612122", ONE)
        self.write("w.csv", "number\n")
        judged = self.judged("--whitelist", "w.csv")
        self.assertEqual(judged.pop(ONE), ("not-listed", "block", True))
        for number, verdict in judged.items():
            self.assertEqual(verdict, ("listed", "none", False), number)

    def test_forms_of_a_list(self):
        self.three_calls(ONE, TWO)
        for name, content in {
                "header": f"number\n{ONE}\n", "bare": "13800000001\n\n",
                "bom, CRLF": "\ufeffnumber\r\n008613800000001\r\n",
                "chinese": "号码,原因\n13800000001,验证码平台\n",
                "gbk": "号码,原因\n13800000001,验证码平台\n".encode("gbk"),
                "other columns": f"name,number,telephone of the sales desk\nx,{ONE},1\n",
                "comments": f"# ours\n{ONE}\n",
                "twice the same": f"number\n{ONE}\n13800000001\n"}.items():
            with self.subTest(form=name):
                self.write("w.csv", content)
                judged = self.judged("--whitelist", "w.csv")
                self.assertEqual(judged[ONE], ("listed", "none", False))
                self.assertEqual(judged[TWO], ("not-listed", "block", True))

    def test_columns_that_are_not_used_are_named(self):
        self.three_calls(ONE)
        self.write("w.csv", f"number,expiry date\n{ONE},2020-01-01\n")
        self.assertIn("'expiry date'", self.scan("--whitelist", "w.csv").err)

    def test_list_that_cannot_be_read_leaves_every_listing_unknown(self):
        self.three_calls(ONE)
        for name, content, said in (("empty", "", "empty"), ("fault", "number\nfoo\n", "w.csv:2"),
                                    ("no number", "phone\n1\n", "'number'"),
                                    ("differ", f"number,expires\n{ONE},2020-01-01\n{ONE},\n",
                                     "w.csv:3"), ("binary", bytes(range(256)), "w.csv")):
            with self.subTest(form=name):
                self.write("w.csv", content)
                done = self.scan("--whitelist", "w.csv")
                alert, = done.objects()
                self.assertEqual((alert["listing"], alert["action"]), ("unknown", "held"))
                self.assertIn(said, done.err)
        for address in ("nosuch.csv", "redis://127.0.0.1:1", "unix:/nosuch.sock"):
            done = self.scan("--whitelist", address)
            self.assertEqual(done.objects()[0]["action"], "held")
            self.assertIn(address, done.err)

    def test_entry_counts_that_stands_now_or_stood_at_the_alert(self):
        for offsets, listing in (((-900, 900), "listed"), ((-1, 900), "listed"),
                                 ((-900, -1), "listed"), ((-900, -800), "not-listed"),
                                 ((1, 900), "not-listed")):
            with self.subTest(stands=offsets):
                at = f"{day(-30)}T10:00:0"
                rows = "".join(f"x{i},{ONE},10086,{at}{i}+08:00,,,16,TG\n" for i in range(3))
                self.write("cdr.csv", f"{HEADER}\n{rows}")
                self.write("w.csv", f"number,added,expires\n{ONE},{day(offsets[0])},"
                                    f"{day(offsets[1])}\n")
                self.assertEqual(self.judged("--whitelist", "w.csv")[ONE][0], listing)

    def test_entry_added_to_the_store_counts_in_the_next_scan(self):
        self.three_calls(ONE, TWO)
        self.run_program("whitelist", "add", ONE, "--reason", "r", "--requester", "a",
                         "--approver", "b")
        judged = self.judged("--whitelist", "data/ringfence.db")
        self.assertEqual(judged, {ONE: ("listed", "none", False),
                                  TWO: ("not-listed", "block", True)})


class QuarantineFile(Scan):

    NAME = "ringfence-quarantine.jsonl"

    def lines(self, name=NAME):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read().splitlines()

    def test_holds_the_rejects_of_the_last_scan_alone(self):
        self.calls("cdr.csv", ("a", "foo", 0), ("b", "bar", 1), ("c", ONE, 2))
        for _ in range(2):
            self.assertIn(self.NAME, self.scan().err)
            self.assertEqual(len(self.lines()), 2)
        self.calls("cdr.csv", ("a", "foo", 0), ("c", ONE, 2))
        self.scan()
        self.assertEqual(len(self.lines()), 1)

    def test_is_not_made_without_rejects(self):
        self.three_calls(ONE)
        self.scan()
        self.assertFalse(os.path.exists(self.path(self.NAME)))

    def test_is_never_an_input(self):
        self.calls("cdr.csv", ("a", "foo", 0), ("c", ONE, 2))
        before = open(self.path("cdr.csv"), "rb").read()
        os.link(self.path("cdr.csv"), self.path("same.csv"))
        for name in ("cdr.csv", "./cdr.csv", "same.csv"):
            self.assertIn(name, self.scan("--quarantine", name, code=2).err)
            self.assertEqual(open(self.path("cdr.csv"), "rb").read(), before)

    def test_late_records_say_how_late(self):
        self.write("cdr.csv", f"{HEADER}\na,{ONE},110,2026-03-03T10:00:00Z,,,,\n"
                              f"b,{ONE},110,2026-03-03T08:00:00Z,,,,\n")
        self.scan()
        line, = self.lines()
        self.assertRegex(line, r'"reason":"late"')


class Threads(Scan):

    def city(self, folder, rows):
        self.run_program("generate", "--rows", str(rows), "--out", folder,
                         "--bad-rows", "0.02", "--duplicates", "0.03", "--disorder", "0.1",
                         "--lateness", "3h", "--missing-ids", "0.1", "--mixed-numbers", "0.3")
        return f"{folder}/cdr.csv"

    def seen(self, threads, *files):
        done = self.run_program("scan", "--threads", str(threads), "--threshold", "20", *files)
        with open(self.path("ringfence-quarantine.jsonl"), "rb") as file:
            return done.out, done.err, file.read()

    def test_the_output_is_the_same_for_any_number_of_them(self):
        files = [self.city("one", 60000), self.city("two", 45000)]
        expected = self.seen(1, *files)
        self.assertRegex(expected[1], r"duplicates [1-9].* rejected [1-9].* late [1-9]")
        self.assertIn('"number"', expected[0])
        for threads in (2, 3, 8):
            self.assertEqual(self.seen(threads, *files), expected)

    def test_none_or_too_many_are_a_mistake_of_usage(self):
        self.three_calls(ONE)
        for threads in ("0", "1025", "many"):
            self.assertIn("threads", self.scan("--threads", threads, code=2).err)


class Reconciliation(Scan):

    def test_says_which_lateness_would_count_late_records(self):
        for name, hour in (("one.csv", 9), ("two.csv", 8)):
            rows = "".join(f"{name}{i},{ONE},110,2026-03-03T{hour:02d}:{i:02d}:00Z,,,,\n"
                           for i in range(0, 60, 15))
            self.write(name, f"{HEADER}\n{rows}")
        done = self.run_program("scan", "one.csv", "two.csv", "--threshold", "7")
        self.assertIn("late 3", done.err)
        self.assertIn("--lateness 2h", done.err)
        done = self.run_program("scan", "one.csv", "two.csv", "--threshold", "7", "--lateness",
                                "2h")
        self.assertEqual(done.objects()[0]["count"], 8)
        self.assertNotIn("--lateness", done.err)

    def test_read_is_accounted_for(self):
        self.calls("cdr.csv", ("a", ONE, 0), ("a", ONE, 0), ("b", "foo", 1), ("c", ONE, 2))
        err = self.scan("cdr.csv").err  # the same file a second time
        numbers = [int(n) for n in re.findall(r"(?:read|accepted|duplicates|rejected|late) (\d+)",
                                              err)]
        self.assertEqual(numbers, [8, 2, 4, 2, 0])

    def test_without_a_horizon_repetitions_count_as_calls(self):
        self.calls("cdr.csv", ("a", ONE, 0), ("a", ONE, 0), ("a", ONE, 0))
        self.assertEqual(self.scan().objects(), [])
        done = self.scan("--dedup-horizon", "0s")
        self.assertEqual(done.objects()[0]["count"], 3)
        self.assertIn("read 3 = accepted 3 + duplicates 0", done.err)


if __name__ == "__main__":
    main()
