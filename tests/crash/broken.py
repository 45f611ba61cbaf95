#!/usr/bin/env python3
"""Does the suite notice a program that is broken on purpose?

    broken.py [--build build/release] [--seed N] [--by round|simulation]

For each mutant (mutants.py) only the units of the changed sources are compiled, in a folder of
their own, and linked before the libraries. Then a round full of the fault that the mistake does not
bear, or a simulation, is run with the program as it is, which must pass, and with the mutant, which
must fail in the way that is named. Ends with 'N passed, M failed'.
"""

import argparse
import json
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import types

import faults
import kills
from mutants import MUTANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICE, SIMULATION = "tools/ringfence/ringfence", "tests/sim/service_sim"
FAULTS = 25
SEEDS = 40


def _run(command, folder):
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{shlex.join(map(str, command))}:\n{result.stderr[-2000:]}")
    return result.stdout


def _units(build, sources):
    """{compile command: the sources that it compiles}: one alone, or a unit that includes many."""
    entries = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    found = {}
    for source in sources:
        place = str(ROOT / source)
        for entry in entries:
            unit = pathlib.Path(entry["file"])
            in_unit = unit.parent.name == "Unity" and f'"{place}"' in unit.read_text()
            if in_unit or entry["file"] == place:
                found.setdefault(entry["command"], []).append(source)
                break
        else:
            raise SystemExit(f"{source} is not compiled in {build}")
    return found


def _compile(command, texts, folder):
    """The object of the unit with these texts in place of its sources."""
    words = [word for word in shlex.split(command) if not word.endswith("ccache")]
    output, unit = words.index("-o") + 1, words.index("-c") + 1
    copies = {source: folder / source.replace("/", "-") for source in texts}
    for source, text in texts.items():
        copies[source].write_text(text, encoding="utf-8")
    original = pathlib.Path(words[unit])
    text = original.read_text() if original.parent.name == "Unity" else f'#include "{original}"\n'
    for source, path in copies.items():
        text = text.replace(f'"{ROOT / source}"', f'"{path}"')
    copy = folder / f"unit-{'-'.join(sorted(path.stem for path in copies.values()))}.cc"
    copy.write_text(text, encoding="utf-8")
    words[output], words[unit] = str(copy.with_suffix(".o")), str(copy)
    _run([*words, "-w", "-O1"], folder)
    return copy.with_suffix(".o")


def _changed(mutant):
    """The texts of its sources with the mistake in them."""
    texts = {}
    for source, changes in mutant.changes.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        for before, after in changes:
            if text.count(before) != 1:
                raise SystemExit(f"{mutant.name}: {source} has {text.count(before)} x {before!r}")
            text = text.replace(before, after)
        texts[source] = text
    return texts


def make(mutant, build, folder, target):
    """The broken program."""
    texts, objects = _changed(mutant), []
    for command, sources in _units(build, texts).items():
        unit = _compile(command, {source: texts[source] for source in sources}, folder)
        objects.append(str(unit))
    commands = _run(["ninja", "-C", build, "-t", "commands", target], ROOT).splitlines()
    words = shlex.split(next(c for c in reversed(commands) if f" -o {target} " in c))
    words = [word for word in words if word not in (":", "&&")]
    out = words.index("-o")
    words[out + 1] = str(folder / pathlib.Path(target).name)
    _run([*words[: out + 2], *objects, *words[out + 2 :]], build)
    return folder / pathlib.Path(target).name


def _of_round(program, mutant, seed):
    """Kinds of differences after one round with the mutant's fault."""
    rng = random.Random(seed)
    plan = [faults.Fault((i + rng.random()) / FAULTS, mutant.fault, i) for i in range(FAULTS)]
    base = int(time.time()) // 3600 * 3600 - 8 * 3600
    options = types.SimpleNamespace(records=30_000, rate=2_000_000, base=base)
    report = kills.run_round(program, seed, options, plan)
    shutil.rmtree(report.get("folder", ""), ignore_errors=True)
    return report["differences"]


def _of_simulation(program, _, seed):
    """What the simulation of some seeds complains of."""
    command = [program, "--seeds", str(SEEDS), "--first", str(seed)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return "\n".join(line for line in result.stdout.splitlines() if line.startswith("seed "))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default=ROOT / "build" / "release", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--by", choices=("round", "simulation"), help="only those mutants")
    options = parser.parse_args()
    build = options.build.resolve()
    passed = failed = 0
    for mutant in MUTANTS:
        by, target = ("round", SERVICE) if mutant.fault else ("simulation", SIMULATION)
        if options.by not in (None, by):
            continue
        look = _of_round if mutant.fault else _of_simulation
        with tempfile.TemporaryDirectory(prefix="rf-broken-") as folder:
            broken = make(mutant, build, pathlib.Path(folder), target)
            sound = look(build / target, mutant, options.seed)
            found = look(broken, mutant, options.seed)
        good = not sound and mutant.shows_as in found
        passed, failed = passed + good, failed + (not good)
        word = "caught" if good else "NOT CAUGHT"
        print(f"{word}: {mutant.name}: {str(found)[:200]}", flush=True)
        if sound:
            print(f"  the program as it is fails, too: {sound}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
