#!/usr/bin/env python3
"""Runs `ringfence generate` and counts its records with the oracle: are the labels true?

    generate_test.py path/to/ringfence
"""

import csv
import filecmp
import json
import os
import subprocess
import sys
import tempfile
import unittest
from zoneinfo import ZoneInfo

import brute_force

ZONE = ZoneInfo("Asia/Shanghai")
BINARY = ""
FILES = ("cdr.csv", "labels.csv", "ledger.csv", "whitelist.csv")
UNTIDY = ("--duplicates", "0.02", "--disorder", "0.05", "--mixed-numbers", "0.4",
          "--missing-ids", "0.05", "--bad-rows", "0.002")


class Generate(unittest.TestCase):

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def generate(self, name, *arguments, code=0):
        out = os.path.join(self.folder, name)
        if "--subscribers" not in arguments:
            arguments = ("--subscribers", "200", *arguments)
        done = subprocess.run([BINARY, "generate", "--out", out, "--output", "json", *arguments],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return out, done

    def check_labels(self, threshold, window, *arguments):
        out, done = self.generate("city", "--threshold", str(threshold), "--window", window,
                                  *arguments)
        made = json.loads(done.stdout)
        calls, rejects = brute_force.read_calls(os.path.join(out, "cdr.csv"), ZONE)
        self.assertEqual(rejects, made["bad_rows"])
        self.assertEqual(len(calls) + rejects, made["rows"])
        self.assertEqual(len(brute_force.Rules().distinct(calls)), made["calls"])
        first_alert = {}
        for alert in brute_force.find_alerts(calls, brute_force.parse_duration(window), threshold,
                                             brute_force.parse_duration("1h")):
            first_alert.setdefault(alert.number, brute_force.format_time(alert.at, ZONE))
        with open(os.path.join(out, "labels.csv"), newline="", encoding="utf-8") as file:
            labels = {row["number"]: row["flagged_at"] for row in csv.DictReader(file)
                      if row["expected_flag"] == "yes"}
        self.assertEqual(labels, first_alert)
        self.assertGreater(len(labels), 10)

    def test_labels_are_true(self):
        self.check_labels(300, "24h", "--days", "2")

    def test_labels_of_untidy_records_are_true(self):
        self.check_labels(300, "24h", "--seed", "3", *UNTIDY)

    def test_labels_for_another_rule_are_true(self):
        self.check_labels(20, "1h", "--seed", "4", *UNTIDY)

    def test_same_options_give_the_same_files(self):
        one, _ = self.generate("one", *UNTIDY)
        two, _ = self.generate("two", *UNTIDY)
        self.assertEqual(filecmp.cmpfiles(one, two, FILES, shallow=False), (list(FILES), [], []))

    def test_leaves_files_alone_that_are_there(self):
        out, _ = self.generate("city")
        before = os.stat(os.path.join(out, "cdr.csv"))
        _, done = self.generate("city", "--seed", "2", code=1)
        self.assertIn("--force", done.stderr)
        self.assertEqual(os.stat(os.path.join(out, "cdr.csv")), before)
        self.generate("city", "--seed", "2", "--force")

    def test_says_what_is_wrong_with_an_option(self):
        for arguments, words in ((("--start", "2026-02-30"), "is no day"),
                                 (("--window", "soon"), "soon"),
                                 (("--tz", "Mars/Olympus"), "Mars/Olympus"),
                                 (("--days", "0"), "--days"),
                                 (("--subscribers", "3"), "is 3; 100 to")):
            _, done = self.generate("city", *arguments, code=2)
            self.assertIn(arguments[0].strip("-"), done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main()
