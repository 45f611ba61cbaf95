"""Compares what happened with what had to happen; every difference is a sentence with its kind."""

import collections
import dataclasses

# lost and doubled are records; the others say where the difference was seen.
KINDS = ("lost", "doubled", "alert", "effect", "protected", "quarantine", "account", "program")


@dataclasses.dataclass(frozen=True)
class Difference:
    kind: str
    text: str
    count: int = 1


def _account(expected, observed):
    account = observed.account
    if not account:
        return [Difference("account", "the service left no account")]
    got = {
        "read": account["read"],
        "accepted": account["accepted"],
        "duplicates": account["duplicates"],
        "rejected": sum(account["rejected"].values()),
        "late": account["late"],
    }
    found = []
    for name, count in got.items():
        due = getattr(expected, name, 0)
        if count == due:
            continue
        kind = "account"
        if name == "accepted":
            kind = "lost" if count < due else "doubled"
        text = f"{name}: {count} in the service's account, {due} in the input"
        found.append(Difference(kind, text, abs(count - due)))
    return found


def _alerts(expected, observed):
    found = []
    for number in sorted(set(expected.alerts) | set(observed.alerts)):
        due, got = expected.alerts.get(number, []), observed.alerts.get(number, [])
        if number in expected.exact:
            same = due == got
        else:
            same = bool(due) == bool(got)  # of calls in disorder the numbers are promised
        if not same:
            found.append(Difference("alert", f"{number}: alerts {got}, due {due}"))
    return found


def _effects(expected, observed):
    found = []
    for number in sorted(set(expected.effects) | set(observed.effects)):
        due, got = expected.effects.get(number), observed.effects.get(number, [])
        if len(got) > 1 or any(observed.confirmations.get(action, 0) > 1 for action, _ in got):
            found.append(Difference("effect", f"{number}: more than one effect: {got}"))
        elif [kind for _, kind in got] != ([due] if due else []):
            found.append(Difference("effect", f"{number}: effects {got}, due {due}"))
        elif due and observed.confirmations.get(got[0][0]) != 1:
            found.append(Difference("effect", f"{number}: {got[0][0]} was never confirmed"))
    parts = (_table(expected, observed), _switched(expected, observed))
    return found + _told(observed) + [difference for part in parts for difference in part]


def _told(observed):
    """The feed says of each confirmed action that it is, once."""
    due = {action for action, times in observed.confirmations.items() if times}
    wrong = {a for a in due | set(observed.told) if observed.told.get(a, 0) != (a in due)}
    return [
        Difference("effect", f"{action}: told {observed.told.get(action, 0)} times by the feed")
        for action in sorted(wrong)
    ]


def _table(expected, observed):
    states = {"suspend": "suspended", "block": "blocked"}
    due = {number: states[kind] for number, kind in expected.effects.items()}
    got = {n: state for n, state in observed.table.items() if state in states.values()}
    return [
        Difference("effect", f"{number}: switches read {got.get(number)}, due {due.get(number)}")
        for number in sorted(set(due) | set(got))
        if due.get(number) != got.get(number)
    ]


def _switched(expected, observed):
    """The receiver stopped each number that is due once, and did nothing else."""
    done = {}
    for _, number, change in observed.switched:
        done.setdefault(number, []).append(change)
    due = {number: [kind] for number, kind in expected.effects.items()}
    return [
        Difference("effect", f"{number}: switched {done.get(number)}, due {due.get(number)}")
        for number in sorted(set(due) | set(done))
        if due.get(number) != done.get(number)
    ]


def _protected(expected, observed):
    stopped = {n for n, state in observed.table.items() if state in ("suspended", "blocked")}
    switched = {number for _, number, _ in observed.switched}
    touched = (stopped | switched | set(observed.effects)) & expected.untouchable
    return [Difference("protected", f"{number} was stopped") for number in sorted(touched)]


def _quarantine(expected, observed):
    places = collections.Counter(observed.quarantine)
    twice = sum(count - 1 for count in places.values())
    found = []
    if twice:
        found.append(Difference("quarantine", f"{twice} rejects are there more than once", twice))
    if len(places) != expected.rejected:
        text = f"{len(places)} rejects, due {expected.rejected}"
        found.append(Difference("quarantine", text, abs(len(places) - expected.rejected)))
    return found


def compare(expected, observed):
    """All differences; none when the program kept its promises."""
    parts = (_account, _alerts, _effects, _protected, _quarantine)
    return [difference for part in parts for difference in part(expected, observed)]
