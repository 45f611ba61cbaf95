"""What a data folder says happened: read from outside, while the service runs or after its end."""

import collections
import dataclasses
import json
import pathlib
import sqlite3
from datetime import datetime, timedelta, timezone

from redis_client import Redis, RedisError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# States in which a number is stopped, or may be.
ACTED = ("dispatched", "confirmed")
STOPPED = ("suspended", "blocked")


@dataclasses.dataclass
class Observed:
    """In the words of oracle.Expected."""

    account: dict = dataclasses.field(default_factory=dict)
    state: str = ""
    alerts: dict = dataclasses.field(default_factory=dict)  # number → [(at, count)]
    effects: dict = dataclasses.field(default_factory=dict)  # number → [(action id, kind)]
    confirmations: dict = dataclasses.field(default_factory=dict)  # action id → times confirmed
    told: dict = dataclasses.field(default_factory=dict)  # the same, by the feed
    switched: list = dataclasses.field(default_factory=list)  # receiver.Receiver.effects()
    table: dict = dataclasses.field(default_factory=dict)  # number → state that switches read
    quarantine: list = dataclasses.field(default_factory=list)  # (source, line) of each reject
    unfinished: int = 0  # actions that are at no end


def _micros(text):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // timedelta(
        microseconds=1
    )


def _rows(data, query):
    """Of the store, read only; none before there is one."""
    path = pathlib.Path(data, "ringfence.db")
    if not path.exists():
        return []
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        connection.close()


def progress(data):
    """Changes whenever an action does; and the number of actions that are under way."""
    changes = _rows(data, "SELECT count(*) FROM action_change")
    waiting = _rows(
        data,
        "SELECT count(*) FROM action WHERE state IN"
        " ('proposed', 'authorised', 'dispatched', 'held', 'restoring')",
    )
    return (changes[0][0] if changes else 0, waiting[0][0] if waiting else 0)


def touched(data):
    """Numbers that an action ever left the house for."""
    query = (
        "SELECT DISTINCT number FROM action JOIN action_change ON action.id = action_change.action"
        " WHERE to_state IN ('dispatched', 'confirmed')"
    )
    return {row[0] for row in _rows(data, query)}


def read_table(socket_path):
    """What switches read; None when Redis does not answer."""
    try:
        with Redis(socket_path) as redis:
            flat = redis("HGETALL", "rf:number")
    except RedisError:
        return None
    table = {}
    for field, value in zip(flat[::2], flat[1::2]):
        number = field[6:] if field.startswith("short:") else "+" + field
        table[number] = value.split("|")[0]
    return table


def _read_actions(data, observed):
    for number, evidence in _rows(data, "SELECT number, evidence FROM action"):
        evidence = json.loads(evidence)
        if evidence["rule"] == "line-frequency" and evidence["level"] == "alert":
            alert = (_micros(evidence["at"]), evidence["count"])
            observed.alerts.setdefault(number, []).append(alert)
    for alerts in observed.alerts.values():
        alerts.sort()
    query = (
        "SELECT action.number, action.id, action.kind, sum(to_state = 'confirmed') FROM action"
        " JOIN action_change ON action.id = action_change.action"
        " WHERE to_state IN ('dispatched', 'confirmed') GROUP BY action.id"
    )
    for number, action, kind, confirmed in _rows(data, query):
        observed.effects.setdefault(number, []).append((action, kind))
        observed.confirmations[action] = confirmed


def _read_feed(path, observed):
    """Lines may come twice after a crash, with the same seq."""
    told, last = collections.Counter(), 0
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            event = json.loads(line)
        except ValueError:
            continue  # cut off by a crash; the same line follows, whole
        if event["seq"] <= last:
            continue
        last = event["seq"]
        if event["type"] == "action" and event["state"] == "confirmed":
            told[event["action"]] += 1
    observed.told = dict(told)


def observe(data, table, switched):
    """After the service's end; `table` is what switches read last, `switched` what was done."""
    data = pathlib.Path(data)
    observed = Observed(table=table or {}, switched=switched)
    if (data / "status.json").exists():
        status = json.loads((data / "status.json").read_text(encoding="utf-8"))
        observed.account, observed.state = status["account"], status["state"]
    _read_actions(data, observed)
    _read_feed(data / "actions.jsonl", observed)
    observed.unfinished = progress(data)[1]
    quarantine = data / "quarantine.jsonl"
    if quarantine.exists():
        for line in quarantine.read_text(encoding="utf-8").splitlines():
            reject = json.loads(line)
            if reject["reason"] != "late":
                observed.quarantine.append((reject["source"], reject.get("line", 0)))
    return observed
