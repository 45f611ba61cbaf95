#!/usr/bin/env python3
"""Compares `ringfence scan --floods` with a plain count of made cities.

    flood_cases.py path/to/ringfence

The definition stands in docs/rules.md: a called number is flooded at a call when a window that ends
with it holds more calls or more different callers than is allowed; a short code or a number of the
ledger, when more than the allowed calls are repeated ones. Shares no code with ringfence.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from zoneinfo import ZoneInfo

from brute_force import SECOND, normalise, parse_time

ZONE = ZoneInfo("Asia/Shanghai")
WINDOWS = [(60 * SECOND, 2, 2), (1_800 * SECOND, 3, 3), (10_800 * SECOND, 6, 5)]
GIVEN = "1m:2:2,30m:3:3,3h:6:5"
CITIES = {
    "in order": [],
    "out of order": ["--disorder", "0.3", "--lateness", "40m", "--duplicates", "0.05",
                     "--mixed-numbers", "0.2"],
}


def over(calls, now, window, service):
    """(measure, count) of what is over in the window, or None. calls: those up to now."""
    length, allowed, callers_allowed = window
    callers = [caller for time, caller in calls if now - length < time]
    different = len(set(callers))
    if service:
        repeated = len(callers) - different
        return ("repeated-calls", repeated) if repeated > allowed else None
    if len(callers) > allowed:
        return "calls", len(callers)
    return ("callers", different) if different > callers_allowed else None


def episodes(received, service):
    found, is_open, first = [], False, 0
    for i, (now, _) in enumerate(received):
        while received[first][0] <= now - WINDOWS[-1][0]:
            first += 1
        results = (over(received[first:i + 1], now, window, service) for window in WINDOWS)
        what = next((result for result in results if result), None)
        if what and not is_open:
            found.append((now, *what))
        is_open = what is not None
    return found


def expected(path, ledger):
    received, seen = defaultdict(list), set()
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["record_id"] in seen:
                continue
            seen.add(row["record_id"])
            received[normalise(row["called"])].append(
                (parse_time(row["setup_time"], ZONE), normalise(row["calling"])))
    result = {}
    for called, calls in received.items():
        calls.sort(key=lambda call: call[0])  # stable: equal times as they arrived
        found = episodes(calls, called in ledger or not called.startswith("+"))
        if found:
            result[called] = found
    return result


def ledger_numbers(path):
    """Of the form '+866315550000..+866315550002;+866315550010'."""
    with open(path, encoding="utf-8") as file:
        pieces = [piece for row in csv.DictReader(file) for piece in row["number"].split(";")]
    numbers = set()
    for piece in pieces:
        ends = [int(normalise(end)) for end in piece.split("..")]
        numbers.update(range(ends[0], ends[-1] + 1))
    return {f"+{number}" for number in numbers}


def scanned(program, folder):
    done = subprocess.run(
        [program, "scan", "cdr.csv", "--ledger", "ledger.csv", "--floods", "--flood-windows", GIVEN,
         "--threshold", "1000000"], cwd=folder, capture_output=True, check=True, text=True)
    result = defaultdict(list)
    for alert in map(json.loads, done.stdout.splitlines()):
        if alert["rule"] == "called-flood":
            result[alert["subject"]["id"]].append((parse_time(alert["at"], ZONE),
                                                   alert["flood"]["measure"], alert["count"]))
    return dict(result)


def main():
    program = os.path.abspath(sys.argv[1])
    for name, imperfections in CITIES.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([program, "generate", "--subscribers", "3000", "--seed", "7", "--out",
                            folder, *imperfections], check=True, capture_output=True)
            ledger = ledger_numbers(os.path.join(folder, "ledger.csv"))
            truth = expected(os.path.join(folder, "cdr.csv"), ledger)
            found = scanned(program, folder)
            same = found == truth if name == "in order" else found.keys() == truth.keys()
            print(f"{name}: {len(truth)} flooded numbers,"
                  f" {sum(map(len, truth.values()))} episodes: {'same' if same else 'DIFFERENT'}")
            if not same or len(truth) < 3:
                print("missing", truth.keys() - found.keys(), "too many",
                      found.keys() - truth.keys())
                sys.exit(1)


if __name__ == "__main__":
    main()
