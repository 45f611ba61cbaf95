#!/usr/bin/env python3
"""Kills the service, its Redis, its senders and its receiver under load; counts what was lost.

    kills.py PROGRAM [--kills 20] [--seed N] [--records 60000]

One JSON line a round, then a summary. In every second round senders must have CURVE keys. A round's
seed makes the same files and the same faults at the same bytes; which instruction a kill meets is
the machine's. Ends with 'N passed, M failed'.
"""

import argparse
import collections
import json
import pathlib
import random
import shutil
import sys
import tempfile
import time

import faults
import observed
import oracle
import verdict
from scenario import Maker
from world import Failed, World

KILLS_A_ROUND = 8
# Longest time that a fault's byte, or the end of the senders, may take.
PATIENCE = 240


class ProtectedStopped(Exception):
    """The worst that can happen, while it happens."""


def _run_faults(world, plan, tally):
    size = world.scenario.bytes
    for fault in plan:
        target = int(fault.at * size)
        world.await_(lambda t=target: world.relay.forwarded >= t, PATIENCE, f"byte {target}")
        faults.apply(fault, world)
        tally[fault.kind] += 1
        stopped = world.protected_stopped()
        if stopped:
            raise ProtectedStopped(f"protected numbers stopped after {fault}: {sorted(stopped)}")
    everything = set(range(len(world.scenario.sources)))
    world.await_(lambda: world.done == everything, PATIENCE, "all records durable")


def _judge(world, plan, expected, last_kill):
    """Lets all of it come to rest, stops, compares."""
    if last_kill:  # everything was acknowledged: nothing comes again
        world.kill_service()
    world.await_(world.ready, PATIENCE, "the service ready")
    faults.heal(plan, world)
    confirmed = len(expected.effects)
    world.settle(
        lambda now: now[1] == 0 and len(observed.touched(world.data)) >= confirmed,
    )
    table = world.stop()
    seen = observed.observe(world.data, table, world.receiver.effects())
    return verdict.compare(expected, seen)


def run_round(program, seed, options, plan=None):
    """One scenario with its faults (by default the seed's); a dictionary for the report."""
    rng = random.Random(seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rf-crash-"))
    start, tally, found, world = time.monotonic(), collections.Counter(), [], None
    scenario = Maker(seed, options.records, base=options.base).make(folder / "input")
    expected = oracle.expect(scenario)
    last_kill = plan is None and rng.random() < 0.5
    plan = plan or faults.plan(rng, options.kills_a_round, len(scenario.sources))
    try:
        world = World(program, folder, scenario, options.rate, curve=seed % 2 == 0)
        world.start_service()
        for source in range(len(scenario.sources)):
            world.start_sender(source)
        _run_faults(world, plan, tally)
        found = _judge(world, plan, expected, last_kill)
    except Failed as failed:
        found = [verdict.Difference("program", str(failed))]
    except ProtectedStopped as stopped:
        found = [verdict.Difference("protected", str(stopped))]
    finally:
        if world is not None:
            world.close()
    found += [verdict.Difference("program", str(end)) for end in (world.ends if world else [])]
    report = {
        "seed": seed,
        "base": options.base,
        "records": expected.read,
        "alerts": sum(map(len, expected.alerts.values())),
        "effects": len(expected.effects),
        "kills": dict(world.kills) if world else {},
        "faults": {k: n for k, n in tally.items() if k not in faults.KILLS},
        "differences": _by_kind(found),
        "seconds": round(time.monotonic() - start, 1),
    }
    if found:
        report["first"] = [difference.text for difference in found[:5]]
        report["folder"] = str(folder)
    else:
        shutil.rmtree(folder)
    return report


def _by_kind(found):
    counts = collections.Counter()
    for difference in found:
        counts[difference.kind] += difference.count
    return dict(counts)


def summarise(rounds):
    """The figures of all rounds, with what they bound: 3/N at 95 % when nothing was found."""
    kills, differences, injected = (collections.Counter() for _ in range(3))
    for each in rounds:
        kills.update(each["kills"])
        differences.update(each["differences"])
        injected.update(each["faults"])
    total = sum(kills.values())
    redis = sum(1 for each in rounds if set(each["faults"]) - {"cut"} or "redis" in each["kills"])
    return {
        "rounds": len(rounds),
        "kills": total,
        "by_component": dict(kills),
        "other_faults": dict(injected),
        "rounds_with_redis_faults": redis,
        "records": sum(each["records"] for each in rounds),
        "effects_due": sum(each["effects"] for each in rounds),
        "differences": {kind: differences.get(kind, 0) for kind in verdict.KINDS},
        "bound_per_kill": round(3 / total, 6) if total and not differences else None,
        "seconds": round(sum(each["seconds"] for each in rounds), 1),
    }


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("program", help="the ringfence to kill")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, help="of the first round; by default a new one")
    parser.add_argument("--records", type=int, default=60_000, help="in a round")
    parser.add_argument("--rate", type=int, default=4_000_000, help="bytes a second to the service")
    parser.add_argument("--kills-a-round", type=int, default=KILLS_A_ROUND)
    parser.add_argument("--base", type=int, help="Unix second at which the records begin")
    parser.add_argument("--report", help="file that gets the JSON lines, too")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 31)
    if options.base is None:
        options.base = int(time.time()) // 3600 * 3600 - 8 * 3600
    return options


def _say(line, path):
    text = json.dumps(line)
    print(text, flush=True)
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text + "\n")


def main():
    options = parse()
    rounds, done = [], 0
    while done < options.kills:
        options.kills_a_round = min(options.kills_a_round, options.kills - done)
        report = run_round(options.program, options.seed + len(rounds), options)
        rounds.append(report)
        _say(report, options.report)
        # Of a round that broke off, the kills that were not made are made up for; but not for ever.
        done += max(1, sum(report["kills"].values()))
    _say(summarise(rounds), options.report)
    failed = sum(1 for each in rounds if each["differences"])
    print(f"{len(rounds) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
