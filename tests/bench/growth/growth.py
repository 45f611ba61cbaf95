"""tools/bench growth: what a record costs, and a number, from 1 to 50 million numbers.

The detector on one thread beside the limit of the machine's memory, with as many lines as numbers,
in turns; each count of numbers after the other. 50 million take 8 GB and some minutes.
"""

import argparse
import sys

from growth.plot import svg
from harness.paths import BENCH
from harness.quantity import natural, positive
from harness.server import Turns
from harness.summary import machine, number, summary, write_json

MILLIONS = [1, 2, 5, 10, 20, 50]
PATHS = ("hash", "direct")


def measure(numbers, path, turns, calls):
    """{key: [values]} of one path."""
    words = ["--one-thread", "--path", path, "--numbers", numbers, "--calls", calls]
    with Turns([BENCH / "detector_turns", *words]) as program:
        figures = [program.turn() for _ in range(turns)]
        memory = program.ready[f"bytes_per_number_{path}"]
    keys = {f"{path}_mops": f"detector_{path}_mops", "limit_mops": "limit_random_line_update_mops"}
    values = {name: [f[key] for f in figures] for name, key in keys.items()}
    return {**values, f"{path}_bytes": [memory]}


def point(numbers, options):
    print(f"{numbers:,} numbers", file=sys.stderr, flush=True)
    values = {}
    for path in PATHS:
        for key, more in measure(numbers, path, options.turns, options.calls).items():
            values.setdefault(key, []).extend(more)
    return {"numbers": numbers, **{key: summary(v) for key, v in values.items()}}


def show(points):
    keys = [key for key in points[0] if key != "numbers"]
    print(f"{'numbers':>12}", *(f"{key:>14}" for key in keys))
    for p in points:
        print(f"{p['numbers']:12,}", *(f"{number(p[key]['median']):>14}" for key in keys))


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench growth", description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=positive, nargs="+", default=MILLIONS, help="of numbers")
    parser.add_argument("--turns", type=natural, default=7, help="of each (default 7)")
    parser.add_argument("--calls", type=natural, default=4_000_000, help="of a turn")
    parser.add_argument("--quick", action="store_true", help="some thousand numbers, to try it")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--svg", metavar="FILE", help="write a plot there")
    options = parser.parse_args(arguments)
    if options.quick:
        options.millions, options.turns, options.calls = [0.01, 0.02], 2, 8192
    points = [point(int(n * 1_000_000), options) for n in options.millions]
    show(points)
    if options.json:
        write_json(options.json, {"machine": machine(), "points": points})
    plot = svg(points)
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(plot)
