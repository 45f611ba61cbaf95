#!/usr/bin/env python3
"""`ringfence scan --floods`: whom the made city's callers bomb, and what popular numbers look like.

    flood_test.py path/to/ringfence
"""

import csv
import os

from program import HEADER, ProgramTest, main

VICTIM = "+8613800000001"


class Floods(ProgramTest):

    def calls_to(self, called, count, callers):
        rows = "".join(f"r{i},+86139000{i % callers:05d},{called},"
                       f"2026-03-03T10:00:{i % 60:02d}+08:00,,,16,TG\n" for i in range(count))
        self.write("cdr.csv", f"{HEADER}\n{rows}")

    def floods(self, *arguments, code=0):
        done = self.run_program("scan", "cdr.csv", "--lateness", "1h", *arguments, code=code)
        return [alert for alert in done.objects() if alert["rule"] == "called-flood"]

    def test_finds_whom_the_city_bombs_and_nobody_else(self):
        self.run_program("generate", "--subscribers", "2000", "--days", "2", "--out", "city")
        with open(os.path.join(self.folder, "city", "labels.csv"), encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        victim, = (row["number"] for row in rows if row["role"] == "bomb-victim")
        bombers = {row["number"] for row in rows if row["role"] == "bomb-caller"}
        os.rename(self.path("city/cdr.csv"), self.path("cdr.csv"))
        found = self.floods("--floods", "--ledger", "city/ledger.csv",
                            "--whitelist", "city/whitelist.csv")
        self.assertEqual({alert["subject"]["id"] for alert in found}, {victim})
        alert = found[0]
        self.assertEqual(alert["subject"]["kind"], "called")
        self.assertEqual((alert["listing"], alert["action"], alert["work_order"], alert["reason"]),
                         ("not-listed", "none", True, "flooded"))
        self.assertLessEqual({caller["number"] for caller in alert["flood"]["top_callers"]},
                             bombers | {victim})
        self.assertGreater(alert["count"], alert["threshold"])

    def test_nothing_is_looked_for_unless_it_is_asked_for(self):
        self.calls_to(VICTIM, 60, 60)
        self.assertEqual(self.floods(), [])
        for option, value in (("--flood-windows", "1m:5:5"), ("--flood-except", VICTIM)):
            self.run_program("scan", "cdr.csv", option, value, code=2)

    def test_who_calls_stands_in_the_alert(self):
        self.calls_to(VICTIM, 31, 2)
        alert, = self.floods("--floods")
        self.assertEqual(alert["flood"], {
            "measure": "calls", "calls": 31, "callers": 2,
            "top_callers": [{"number": "+8613900000000", "calls": 16},
                            {"number": "+8613900000001", "calls": 15}]})
        self.assertEqual((alert["count"], alert["threshold"], alert["window"]), (31, 30, "1m"))

    def test_many_different_callers_are_enough(self):
        self.calls_to(VICTIM, 21, 21)
        alert, = self.floods("--floods")
        self.assertEqual((alert["flood"]["measure"], alert["count"]), ("callers", 21))

    def test_a_popular_service_is_not_attacked_one_that_is_redialled_is(self):
        self.calls_to("95588", 900, 900)
        self.assertEqual(self.floods("--floods"), [])
        self.calls_to("95588", 60, 4)
        alert, = self.floods("--floods")
        self.assertEqual(alert["flood"]["measure"], "repeated-calls")

    def test_an_emergency_number_is_looked_at_first(self):
        self.calls_to("110", 60, 4)
        self.write("w.csv", "number\n")
        alert, = self.floods("--floods", "--whitelist", "w.csv")
        self.assertEqual((alert["listing"], alert["action"], alert["work_order"], alert["reason"]),
                         ("listed", "none", True, "listed-flooded"))

    def test_limits_and_exceptions_are_those_given(self):
        self.calls_to(VICTIM, 21, 21)
        self.assertEqual(self.floods("--floods", "--flood-windows", "1m:30:21"), [])
        self.assertEqual(self.floods("--floods", "--flood-windows", "1s:9:9,1m:20:21")[0]["window"],
                         "1m")
        self.assertEqual(self.floods("--floods", "--flood-except", "13800000001,95588"), [])

    def test_what_is_too_late_for_floods_is_the_late_of_the_account(self):
        self.write("cdr.csv", f"{HEADER}\n"
                   f"a,+8613900000001,{VICTIM},2026-03-03T10:30:00+08:00,,,16,TG\n"
                   f"b,+8613900000001,{VICTIM},2026-03-03T10:20:00+08:00,,,16,TG\n")
        for lateness, late in (("5m", 1), ("1h", 0)):
            done = self.run_program("scan", "cdr.csv", "--lateness", lateness, "--floods")
            self.assertIn(f"+ late {late}", done.err)

    def test_wrong_windows_are_a_usage_error(self):
        self.calls_to(VICTIM, 1, 1)
        for windows in ("1m", "1m:0:1", "1m:1:1,1m:1:1", "x:1:1", "25h:1:1", ""):
            self.assertIn("--flood-windows", self.run_program(
                "scan", "cdr.csv", "--floods", "--flood-windows", windows, code=2).err)

    def test_a_table_names_the_called_number(self):
        self.calls_to(VICTIM, 31, 2)
        self.assertIn(f"called {VICTIM}", self.run_in_terminal("scan", "cdr.csv", "--floods"))


if __name__ == "__main__":
    main()
