#!/usr/bin/env python3
"""Finds the numbers that call too much, slowly and plainly: the measure for `ringfence scan`.

It shares no code with ringfence and follows the definition in DESIGN.md word by word:

* count(n, t) is the number of distinct call attempts of n with a setup time in (t - window, t];
* calls are judged in order of setup time, equal times in order of arrival, so that a call's count
  holds the calls judged before it and itself;
* an alert opens at the first call with count > threshold while none is open for n, and closes at
  the first later call with count <= threshold;
* a record more than `lateness` behind the newest one so far never triggers anything;
* a record is a duplicate if its record id was seen, or, without one, if calling, called, setup,
  release and trunk were.

    brute_force.py [--window 24h] [--threshold 300] [--lateness 1h] [--tz Asia/Shanghai] FILE...

prints one JSON object per opened alert: number, at, count, first_call. Times are whole microseconds
inside. Standard library only.
"""

import argparse
import csv
import json
import re
import sys
from collections import deque
from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECOND = 1_000_000
UNITS = {"ms": 1_000, "s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Unreadable(ValueError):
    """The record can't be used."""


class Call(NamedTuple):
    number: str
    setup: int
    identity: tuple


class Alert(NamedTuple):
    number: str
    at: int
    count: int
    first_call: int


# --- reading -------------------------------------------------------------------------------------


def parse_duration(text):
    match = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text)
    if not match:
        raise ValueError(f"'{text}' is no duration like 24h")
    return int(match[1]) * UNITS[match[2]]


def parse_time(text, zone):
    """Microseconds since 1970, digits past the microsecond cut off."""
    match = re.fullmatch(r"(-?\d+)(?:\.(\d+))?", text)
    if match:
        return int(match[1]) * SECOND + int(((match[2] or "") + "000000")[:6])
    match = re.fullmatch(
        r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ](\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d+))?)?"
        r"(Z|[+-]\d\d:?\d\d)?", text)
    if not match:
        raise Unreadable(f"time '{text}'")
    try:
        moment = datetime(int(match[1]), int(match[2]), int(match[3]), int(match[4]), int(match[5]),
                          int(match[6] or 0))
    except ValueError as error:
        raise Unreadable(f"time '{text}'") from error
    micros = int(((match[7] or "") + "000000")[:6])
    offset = match[8]
    if offset is None:
        moment = moment.replace(tzinfo=zone)
    elif offset == "Z":
        moment = moment.replace(tzinfo=timezone.utc)
    else:
        minutes = int(offset[1:3]) * 60 + int(offset[-2:])
        sign = -1 if offset[0] == "-" else 1
        moment = moment.replace(tzinfo=timezone(timedelta(minutes=sign * minutes)))
    whole = (moment - EPOCH) // timedelta(seconds=1)
    return whole * SECOND + micros


def format_time(micros, zone):
    moment = EPOCH + timedelta(microseconds=micros)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def normalise(text):
    """'+' and digits, or the digits of a short code. Knows the plan of country 86 only."""
    text = text.strip()
    for scheme in ("sip:", "sips:", "tel:"):
        if text.lower().startswith(scheme):
            text = text[len(scheme):].split("@")[0].split(";")[0]
    text = re.sub(r"[ .()-]", "", text)
    if not re.fullmatch(r"\+?\d{2,18}", text):
        raise Unreadable(f"number '{text}'")
    if text.startswith("+"):
        return text
    if text.startswith("00"):
        return "+" + text[2:]
    if text.startswith("0"):
        return "+86" + text[1:]
    if re.fullmatch(r"1[3-9]\d{9}", text):
        return "+86" + text
    if len(text) <= 6 or re.fullmatch(r"[48]00\d{7}", text) or text.startswith("106"):
        return text
    if re.fullmatch(r"86(1[3-9]\d{9}|[2-9]\d{8,10}|10\d{8})", text):
        return "+" + text
    raise Unreadable(f"number '{text}'")


def read_call(row, zone):
    if len(row) < 8:
        raise Unreadable(f"{len(row)} columns")
    record_id, calling, called, setup, answer, release, _, trunk = row[:8]
    number = normalise(calling)
    called = normalise(called)
    setup = parse_time(setup, zone)
    if answer:
        parse_time(answer, zone)
    release = parse_time(release, zone) if release else None
    identity = (record_id,) if record_id else (number, called, setup, release, trunk)
    return Call(number, setup, identity)


def read_calls(path, zone):
    """All calls of a canonical CSV in order of arrival, and the number of rejects."""
    calls, rejects = [], 0
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        next(rows, None)
        for row in rows:
            if not row:
                continue
            try:
                calls.append(read_call(row, zone))
            except Unreadable:
                rejects += 1
    return calls, rejects


# --- counting ------------------------------------------------------------------------------------


class Rules:
    """The definition in small pieces, so that a test can break one at a time."""

    def distinct(self, calls):
        seen, kept = set(), []
        for call in calls:
            if call.identity not in seen:
                seen.add(call.identity)
                kept.append(call)
        return kept

    def in_time(self, calls, lateness):
        newest, kept = None, []
        for call in calls:
            if newest is None or call.setup >= newest - lateness:
                kept.append(call)
            newest = call.setup if newest is None else max(newest, call.setup)
        return kept

    def before_window(self, setup, now, window):
        return setup <= now - window

    def above(self, count, threshold):
        return count > threshold

    def closes(self, count, threshold):
        return count <= threshold


def find_alerts(calls, window, threshold, lateness, rules=None):
    rules = rules or Rules()
    calls = rules.in_time(rules.distinct(calls), lateness)
    alerts, inside, is_open = [], {}, set()
    for call in sorted(calls, key=lambda each: each.setup):  # stable: equal times as they arrived
        times = inside.setdefault(call.number, deque())
        times.append(call.setup)
        while rules.before_window(times[0], call.setup, window):
            times.popleft()
        if call.number in is_open:
            if rules.closes(len(times), threshold):
                is_open.discard(call.number)
        elif rules.above(len(times), threshold):
            is_open.add(call.number)
            alerts.append(Alert(call.number, call.setup, len(times), times[0]))
    return alerts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--window", default="24h", type=parse_duration)
    parser.add_argument("--threshold", default=300, type=int)
    parser.add_argument("--lateness", default="1h", type=parse_duration)
    parser.add_argument("--tz", default="Asia/Shanghai", type=ZoneInfo)
    options = parser.parse_args()
    calls, rejects = [], 0
    for path in options.files:
        more, bad = read_calls(path, options.tz)
        calls += more
        rejects += bad
    for alert in find_alerts(calls, options.window, options.threshold, options.lateness):
        print(json.dumps({
            "number": alert.number,
            "at": format_time(alert.at, options.tz),
            "count": alert.count,
            "first_call": format_time(alert.first_call, options.tz),
        }))
    print(f"{len(calls)} records read, {rejects} rejected", file=sys.stderr)


if __name__ == "__main__":
    main()
