"""What must come out: counted from the input files alone, by the plain count of tests/oracle."""

import dataclasses
import pathlib
import sys
from zoneinfo import ZoneInfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))

import brute_force  # noqa: E402
from scenario import THRESHOLD, WINDOW  # noqa: E402

ZONE = ZoneInfo("Asia/Shanghai")
FOR_EVER = 1 << 62


@dataclasses.dataclass
class Expected:
    """Of a whole scenario."""

    read: int
    accepted: int
    duplicates: int
    rejected: int
    alerts: dict  # number → [(at, count)] of its alerts, oldest first; times in microseconds
    exact: set  # numbers whose calls arrive in order: their alerts must be these, one by one
    effects: dict  # number → "suspend" or "block": each has exactly one
    untouchable: set  # numbers that nothing may be done to, ever


def expect(scenario):
    calls, rejected = [], 0
    for paths in scenario.sources:
        for path in paths:
            more, bad = brute_force.read_calls(path, ZONE)
            calls += more
            rejected += bad
    distinct = brute_force.Rules().distinct(calls)
    window = brute_force.parse_duration(WINDOW)
    alerts = {}
    for alert in brute_force.find_alerts(calls, window, THRESHOLD, FOR_EVER):
        alerts.setdefault(alert.number, []).append((alert.at, alert.count))
    callers = scenario.callers
    return Expected(
        read=len(calls) + rejected,
        accepted=len(distinct),
        duplicates=len(calls) - len(distinct),
        rejected=rejected,
        alerts=alerts,
        exact={number for number, caller in callers.items() if caller.in_order},
        effects={number: callers[number].due for number in alerts if callers[number].due},
        untouchable=scenario.untouchable,
    )
