"""tools/bench: everything beside everything else, in one run.

The detector beside the limit of the machine's memory; files and ZeroMQ messages through decoder and
detector beside what they are without; other systems with the same question on the same records.
Answers are checked before they count, rounds are interleaved, and every figure is a median with
its spread. The bars are ratios of this run. Takes half an hour and 10 GB; leave the machine alone.
Ctrl-C ends it with the rounds that are done.
"""

import argparse
import collections
import contextlib
import os
import pathlib
import sys
import tempfile

import bars
import report
from groups import GROUPS
from harness.quantity import natural
from harness.server import Failure
from harness.summary import machine, summary, write_json

QUICK = 100  # how much less than everything --quick does


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--repeat", type=natural, default=3, help="rounds of everything (default 3)"
    )
    parser.add_argument(
        "--numbers",
        type=natural,
        default=bars.MEANT_FOR,
        help="calling numbers; the peers get a tenth, and twice as many records"
        " (default 10 million)",
    )
    parser.add_argument("--quick", action="store_true", help="a hundredth, one round: to try it")
    parser.add_argument("--only", action="append", choices=GROUPS, help="this group alone")
    parser.add_argument("--peer", action="append", metavar="PEER", help="this peer alone")
    parser.add_argument(
        "--encoding",
        choices=["binary", "canonical"],
        default="binary",
        help="of records in ZeroMQ messages",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    if options.quick:
        options.numbers, options.repeat = max(1, options.numbers // QUICK), 1
    options.share = lambda all_of_it: max(10_000, all_of_it * options.numbers // bars.MEANT_FOR)
    return options


def take_round(groups, values, done):
    for name, group in groups.items():
        print(f"round {done + 1}: {name}", file=sys.stderr, flush=True)
        for figures in group.round():
            for figure, value in figures.items():
                values[figure].append(value)


def measure(options, folder):
    """({key: values}, {key: why it is left out})"""
    values, left_out, checked = collections.defaultdict(list), {}, 0
    with contextlib.ExitStack() as stack:
        groups = {}
        for name in options.only or GROUPS:
            print(f"{name}: fills its tables and checks its answers", file=sys.stderr, flush=True)
            groups[name] = GROUPS[name](folder, options)
            stack.callback(groups[name].stop)
        try:
            for done in range(options.repeat):
                take_round(groups, values, done)
        except KeyboardInterrupt:
            if done == 0:
                raise
            print(f"ended after {done} of {options.repeat} rounds", file=sys.stderr)
        for group in groups.values():
            left_out |= group.left_out
            checked += group.checked
    # A wrong answer ends the run: whoever reads this has seen none.
    values |= {"answers_compared": [checked], "oracle_mismatches": [0]}
    return values, left_out


def result(options, load, values, left_out):
    """What --json writes. load: the load average before the run."""
    left_out = dict(left_out)
    for figure in bars.FIGURES:
        if figure not in values and figure not in left_out:
            if not (options.only or options.peer):
                raise Failure(f"{figure} was not measured")
            left_out[figure] = report.NOT_ASKED
    summaries = {figure: summary(all_of_it) for figure, all_of_it in values.items()}
    ratios = {k: v for k, v in summaries.items() if "_over_" in k}
    return {
        "machine": machine(),
        "load_before": load,
        "numbers": options.numbers,
        "encoding": options.encoding,
        "figures": {k: v for k, v in summaries.items() if k not in ratios},
        "ratios": ratios,
        "left_out": left_out,
        "bars": report.judged(summaries),
    }


def main(arguments):
    options = parse(arguments)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="rf-bench-") as folder:
        pathlib.Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        values, left_out = measure(options, folder)
    run = result(options, load, values, left_out)
    report.show(run)
    if options.json:
        write_json(options.json, run)
