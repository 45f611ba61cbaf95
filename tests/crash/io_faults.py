#!/usr/bin/env python3
"""Lets the n-th change of a file fail, or ends the service there, in a small scenario.

    io_faults.py PROGRAM [--points 60 | --points all] [--seed N] [--jobs N]

Changes are write, fsync, rename, ftruncate, fallocate, unlink and the making of files under the
data folder, the store's included. Modes: EIO, ENOSPC, a short write, kill -9 before or after the
call, and the same with a power cut: what no fsync covered is gone, or torn. After each fault the
service starts again without one, everything is finished, and the outcome is compared with the
oracle. Ends with 'N passed, M failed'.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import observed
import oracle
import power
import verdict
from kills import PATIENCE
from scenario import Maker
from world import Failed, World

RECORDS = 300
LOUD = 3
PROGRESS_EVERY = 100  # points
HERE = pathlib.Path(__file__).resolve().parent
# Mode of the suite → mode of the shim, what the power cut leaves of the rest (None: no cut).
MODES = {
    "eio": ("eio", None),
    "enospc": ("enospc", None),
    "short": ("short", None),
    "kill-before": ("kill-before", None),
    "kill-after": ("kill-after", None),
    "cut-before": ("kill-before", "nothing"),
    "cut-after": ("kill-after", "nothing"),
    "cut-torn": ("kill-after", "some"),
}


def build_shim(folder):
    path = pathlib.Path(folder) / "shim.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", path, HERE / "shim.c", "-ldl"]
    subprocess.run(command, check=True)
    return path


class Shim:
    """The environment that puts one fault into a process, and what became of it."""

    def __init__(self, library, folder, data, mode="none", at=0, shadow=False):
        self._state = pathlib.Path(folder) / "shim-state"
        self.shadow = pathlib.Path(folder) / "shadow"
        self.environment = {
            "LD_PRELOAD": str(library),
            "RF_SHIM_PROGRAM": "ringfence",
            "RF_SHIM_FOLDER": str(data),
            "RF_SHIM_STATE": str(self._state),
            "RF_SHIM_AT": str(at),
            "RF_SHIM_MODE": mode,
        }
        if shadow:
            self.shadow.mkdir()
            self.environment["RF_SHIM_SHADOW"] = str(self.shadow)

    def read(self):
        """(calls, whether it fired, which call it was)."""
        if not self._state.exists():
            return 0, False, ""
        calls, fired, what, path = struct.unpack("<QQ48s400s", self._state.read_bytes()[:464])
        words = [part.split(b"\0")[0].decode() for part in (what, path)]
        return calls, bool(fired), " ".join(words).strip()


class Bench:
    """What all points share: the input, the oracle's answer, a data folder with its lists."""

    def __init__(self, program, folder, seed):
        self.program, self.folder, self.seed = program, pathlib.Path(folder), seed
        self.shim = build_shim(folder)
        base = int(time.time()) // 3600 * 3600 - 8 * 3600
        maker = Maker(seed, RECORDS, sources=2, files=1, base=base, loud=LOUD)
        self.scenario = maker.make(self.folder / "input")
        self.expected = oracle.expect(self.scenario)
        world = World(program, self.folder / "template", self.scenario)
        world.close()
        self.template = world.data

    def run(self, mode="none", at=0):
        """One fault; (differences, calls, fired, what)."""
        shim_mode, rest = MODES.get(mode, ("none", None))
        folder = pathlib.Path(tempfile.mkdtemp(prefix="p", dir=self.folder))
        world = World(self.program, folder, self.scenario, 1 << 30, template=self.template)
        shim = Shim(self.shim, folder, world.data, shim_mode, at, rest is not None)
        base = power.Base(world.data, folder / "base") if rest else None
        rng = random.Random(self.seed * 1_000_003 + at) if rest == "some" else None

        def before_restart():
            world.environment = {}
            if base is not None and world.service.returncode == -signal.SIGKILL:
                world.await_redis_gone()
                power.cut(world.data, base, shim.shadow, rng)

        world.environment, world.before_restart = shim.environment, before_restart
        try:
            found = self._finish(world)
        except Failed as failed:
            found = [verdict.Difference("program", str(failed))]
        finally:
            world.close()
        calls, fired, what = shim.read()
        found += self._ends(world, shim_mode, fired)
        if not found:
            shutil.rmtree(folder)
        return found, calls, fired, what, folder

    def _finish(self, world):
        world.start_service()
        for source in range(len(self.scenario.sources)):
            world.start_sender(source)
        everything = set(range(len(self.scenario.sources)))
        world.await_(lambda: world.done == everything, PATIENCE, "all records durable")
        table = self._rest(world)
        if world.service.returncode:  # the fault waited for the end
            world.before_restart()
            world.start_service()
            table = self._rest(world)
        seen = observed.observe(world.data, table, world.receiver.effects())
        return verdict.compare(self.expected, seen)

    def _rest(self, world):
        world.await_(world.ready, PATIENCE, "the service ready")
        due = len(self.expected.effects)
        world.settle(lambda now: now[1] == 0 and len(observed.touched(world.data)) >= due)
        return world.stop()

    @staticmethod
    def _ends(world, mode, fired):
        """A service may end at its fault, in the way that the mode names; nothing else may."""
        allowed = (-signal.SIGKILL,) if mode.startswith("kill") else (1,)
        ends = [end for end in world.ends if not (fired and end.code in allowed)]
        extra = [end for end in world.ends if end.name == "service"][1:]
        return [verdict.Difference("program", str(end)) for end in ends or extra]


def choose(calls, points, rng):
    """(mode, n) of all faults, or of a sample with every mode in it."""
    every = [(mode, n) for mode in MODES for n in range(1, calls + 1)]
    if points == "all" or int(points) >= len(every):
        return every
    each = max(1, int(points) // len(MODES))
    return [
        (mode, n)
        for mode in MODES
        for n in sorted(rng.sample(range(1, calls + 1), min(each, calls)))
    ]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("program", help="the ringfence to test")
    parser.add_argument("--points", default="60", help="how many faults, or all")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--point", nargs=2, metavar=("MODE", "N"), help="one fault alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="faults at a time")
    parser.add_argument("--report", help="file that gets the JSON lines, too")
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 31)
    return options


def _say(line, path):
    text = json.dumps(line)
    print(text, flush=True)
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text + "\n")


def main():
    options = parse()
    folder = tempfile.mkdtemp(prefix="rf-io-")
    bench = Bench(options.program, folder, options.seed)
    found, calls, *_ = bench.run()
    _say({"seed": options.seed, "changes_without_fault": calls, "records": RECORDS}, options.report)
    passed, failed, missed = 0, 0, 0
    if found:
        failed += 1
        _say({"mode": "none", "differences": [d.text for d in found[:5]]}, options.report)
    chosen = choose(calls, options.points, random.Random(options.seed))
    if options.point:
        chosen = [(options.point[0], int(options.point[1]))]
    pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
    outcomes = pool.map(lambda point: bench.run(*point), chosen if not found else [])
    for done, ((mode, n), (found, _, fired, what, kept)) in enumerate(zip(chosen, outcomes), 1):
        if done % PROGRESS_EVERY == 0:
            print(f"{done} of {len(chosen)} faults, {failed} failed", file=sys.stderr, flush=True)
        missed += not fired
        passed, failed = passed + (not found), failed + bool(found)
        if found:
            texts = [difference.text for difference in found[:4]]
            line = {"mode": mode, "n": n, "call": what, "differences": texts, "folder": str(kept)}
            _say(line, options.report)
    every = len(MODES) * calls
    summary = {"points": len(chosen), "of": every, "did_not_fire": missed, "failed": failed}
    _say(summary, options.report)
    if not failed:
        shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
