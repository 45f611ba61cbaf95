#!/usr/bin/env python3
"""The way of a new user: a made city, a scan, another threshold, an approved number, a second scan.

    flow_test.py path/to/ringfence
"""

import csv
import os

from program import ProgramTest, main


class Flow(ProgramTest):

    def scan(self, *arguments):
        alerts = self.run_program("scan", *arguments, "city/cdr.csv").objects()
        return {alert["number"]: alert["action"] for alert in alerts
                if alert["rule"] == "line-frequency"}

    def test_from_generated_records_to_an_approved_number(self):
        self.run_program("generate", "--subscribers", "200", "--out", "city")
        files = ("--ledger", "city/ledger.csv", "--whitelist", "city/whitelist.csv")
        with open(os.path.join(self.folder, "city", "labels.csv"), encoding="utf-8") as file:
            truth = {row["number"]: row["expected_treatment"].replace("report", "none")
                     for row in csv.DictReader(file) if row["expected_flag"] == "yes"}
        first = self.scan(*files)
        self.assertEqual(first, truth)
        self.assertEqual(set(first.values()), {"suspend", "block", "none"})

        higher = self.scan(*files, "--threshold", "400")
        self.assertTrue(higher.items() < first.items())

        self.run_program("line", "import", "city/ledger.csv")
        self.run_program("whitelist", "import", "city/whitelist.csv")
        self.assertEqual(self.scan("--whitelist", "data/ringfence.db"), first)
        suspended = min(number for number, action in first.items() if action == "suspend")
        self.run_program("whitelist", "add", suspended, "--reason", "appointment reminders",
                         "--requester", "wang", "--approver", "li")
        self.assertEqual(self.scan("--whitelist", "data/ringfence.db"),
                         first | {suspended: "none"})
        self.run_program("whitelist", "remove", suspended, "--reason", "contract ended")
        self.assertEqual(self.scan("--whitelist", "data/ringfence.db"), first)


if __name__ == "__main__":
    main()
