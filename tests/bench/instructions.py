"""tools/bench instructions: what a call costs the detector in instructions, by function.

Counted by valgrind's callgrind with a million numbers, which takes some minutes. What is counted is
what more turns take more: filling the tables is left out.
"""

import argparse
import re
import subprocess
import tempfile

from harness.paths import BENCH
from harness.quantity import natural
from harness.server import Failure
from harness.summary import write_json

PATHS = ("hash", "direct")
TURNS = (1, 4)
WHOLE = 32_768  # a turn makes calls in eight slices of whole batches of 4,096
SETTLING = 8 * WHOLE  # calls of a turn besides: eight batches before each slice
LEAST = 0.5  # instructions a call that are worth a line
# "  1,000 (50.0%)  FILE:[TYPE ]FUNCTION [OBJECT]"
LINE = re.compile(r"\s*([\d,]+) \([^)]*\)\s+\S*:(?:\w+ )*(ringfence::.*?)(?: \[[^]]*\])?$")
# What makes the calls and what is measured beside them.
NOT_THE_DETECTOR = re.compile(r"CarrierTraffic|LineUpdates|\(anonymous namespace\)|main$")


def parse(annotated):
    """{function: instructions} of the detector, from what callgrind_annotate prints."""
    counts = {}
    for line in annotated.splitlines():
        found = LINE.match(line)
        if found and not NOT_THE_DETECTOR.search(found.group(2)):
            name = re.sub(r"<.*|\(.*", "", found.group(2)).removeprefix("ringfence::")
            counts[name] = counts.get(name, 0) + int(found.group(1).replace(",", ""))
    return counts


def count(path, numbers, calls, turns):
    with tempfile.NamedTemporaryFile(prefix="rf-callgrind-") as out:
        words = ["--one-thread", "--path", path, "--numbers", str(numbers), "--calls", str(calls)]
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}"]
        program = [BENCH / "detector_turns", *words]
        run = subprocess.run([*command, *program], input="\n" * turns, text=True,
                             capture_output=True, check=False)
        if run.returncode:
            raise Failure(f"valgrind: {run.stderr.strip().splitlines()[-1]}")
        annotate = ["callgrind_annotate", "--threshold=100", out.name]
        return parse(subprocess.run(annotate, text=True, capture_output=True, check=True).stdout)


def of_a_call(path, numbers, calls):
    """[(function, instructions)], the dearest first."""
    few, many = (count(path, numbers, calls, turns) for turns in TURNS)
    made = (calls + SETTLING) * (TURNS[1] - TURNS[0])
    each = {name: (many[name] - few.get(name, 0)) / made for name in many}
    return sorted(each.items(), key=lambda item: -item[1])


def rows(costs):
    """[(function, by path…)] of those worth a line, then the rest and the sum."""
    most = {}
    for path in PATHS:
        for name, cost in costs[path]:
            most[name] = max(cost, most.get(name, 0))
    names = sorted((n for n in most if most[n] >= LEAST), key=most.get, reverse=True)
    table = [(n, *(f"{dict(costs[p]).get(n, 0):.1f}" for p in PATHS)) for n in names]
    rest = [sum(v for n, v in costs[p] if n not in names) for p in PATHS]
    total = [sum(v for _, v in costs[p]) for p in PATHS]
    table.append(("all others", *(f"{v:.1f}" for v in rest)))
    table.append(("all", *(f"{v:.1f}" for v in total)))
    return table


HEAD = ("instructions a call", *PATHS)


def main(arguments):
    name = "tools/bench instructions"
    parser = argparse.ArgumentParser(prog=name, description=__doc__.splitlines()[0])
    parser.add_argument("--numbers", type=natural, default=1_000_000, help="calling numbers")
    parser.add_argument("--calls", type=natural, default=30 * WHOLE, help="of a turn")
    parser.add_argument("--quick", action="store_true", help="some thousand numbers, to try it")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    if options.quick:
        options.numbers, options.calls = 2000, WHOLE
    costs = {path: of_a_call(path, options.numbers, options.calls) for path in PATHS}
    for row in [HEAD, *rows(costs)]:
        print(f"{row[0]:44} {row[1]:>8} {row[2]:>8}")
    if options.json:
        write_json(options.json, costs)
