#!/usr/bin/env python3
"""Compares `ringfence scan` with the brute-force oracle on seeded cases.

    scan_cases.py path/to/ringfence [--cases 1200] [--first 0] [--jobs 2] [--keep DIR]

Records in order: the alerts must be identical, with times and counts. Records out of order within
the lateness: the set of numbers must be. Prints a line per failure and a closing line; exit code 1
if anything failed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import brute_force
import cases

ZONE = ZoneInfo("Asia/Shanghai")
MS = 1_000
TIMEOUT_SECONDS = 60


def expected_alerts(case, path, rules=None):
    calls, rejects = brute_force.read_calls(path, ZONE)
    if rejects:
        raise AssertionError(f"the oracle rejects {rejects} records of its own case")
    return brute_force.find_alerts(
        calls, brute_force.parse_duration(case.window), case.threshold,
        brute_force.parse_duration(case.lateness), rules)


def scan_arguments(case):
    return ["scan", "--output", "json", "--window", case.window, "--threshold", str(case.threshold),
            "--lateness", case.lateness, "--tz", "Asia/Shanghai"]


def scanned_alerts(binary, case, path):
    """Alerts that the program printed; a RuntimeError says how it failed."""
    # In a folder of its own: the program leaves its quarantine file where it runs.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([binary, *scan_arguments(case), path], capture_output=True, text=True,
                              timeout=TIMEOUT_SECONDS, check=False, cwd=folder)
    if done.returncode != 0:
        raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()[-300:]}")
    alerts = []
    for line in done.stdout.splitlines():
        found = json.loads(line)
        if found.get("rule") != "line-frequency" or found.get("level", "alert") != "alert":
            continue
        alerts.append(brute_force.Alert(
            found["number"], brute_force.parse_time(found["at"], ZONE), found["count"],
            brute_force.parse_time(found["first_call"], ZONE)))
    return alerts


def as_printed(alert):
    """With times cut to the millisecond, as the program prints them."""
    return alert._replace(at=alert.at // MS * MS, first_call=alert.first_call // MS * MS)


def comparable(case, alerts):
    """What must agree: everything for records in order, otherwise who was found."""
    if case.in_order:
        return sorted(as_printed(alert) for alert in alerts)
    return sorted({alert.number for alert in alerts})


def difference(case, expected, found):
    """Empty if they agree, else a few words."""
    want, got = comparable(case, expected), comparable(case, found)
    if want == got:
        return ""
    missing = [each for each in want if each not in got]
    extra = [each for each in got if each not in want]
    return f"missing {missing[:2]}, unexpected {extra[:2]}"


def run_case(binary, seed, folder):
    """Empty if the case passed, else a line that says what to run to see it again."""
    case = cases.make_case(seed)
    path = os.path.join(folder, f"case-{seed}.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(case.text)
    try:
        problem = difference(case, expected_alerts(case, path), scanned_alerts(binary, case, path))
    except (RuntimeError, AssertionError, KeyError, ValueError, subprocess.TimeoutExpired) as error:
        problem = f"{type(error).__name__}: {error}"
    if not problem:
        os.unlink(path)
        return ""
    again = f"{sys.argv[0]} {binary} --first {seed} --cases 1 --keep DIR"
    scan = " ".join([binary, *scan_arguments(case), f"DIR/case-{seed}.csv"])
    return f"FAILED seed {seed} ({case.shape}): {problem}; again: {again}; then: {scan}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("binary", help="the ringfence program")
    parser.add_argument("--cases", type=int, default=1_207)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", metavar="DIR", help="leave the files of failed cases here")
    options = parser.parse_args()
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.abspath(options.keep or temporary)
        binary = os.path.abspath(options.binary)
        seeds = range(options.first, options.first + options.cases)
        with ThreadPoolExecutor(options.jobs) as pool:
            for line in pool.map(lambda seed: run_case(binary, seed, folder), seeds):
                if line:
                    failed += 1
                    print(line, flush=True)
                else:
                    passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
