"""tools/bench: everything beside everything else, in one run.

The detector beside the limit of the machine's memory; files and ZeroMQ messages through decoder and
detector beside what they are without; other systems with the same question on the same records.
Answers are checked before they count, rounds are interleaved, and every figure is a median with
its spread. The bars are ratios of this run. Takes half an hour and 10 GB; leave the machine alone.
"""

import argparse
import collections
import contextlib
import pathlib
import sys
import tempfile

import bars
import report
from harness.paths import BENCH
from harness.server import Failure, Turns
from harness.summary import machine, summary, write_json
from peers import peers

QUICK = 100  # how much less than everything --quick does
TURNS = 5  # of those that have them, in each round


class Detector:
    """The detector beside the limit."""

    def __init__(self, _, options):
        words = ["--numbers", options.numbers, "--calls", options.share(4_000_000)]
        self.turns = Turns([BENCH / "detector_turns", *words])
        self.left_out = {}
        self.checked = 4  # two paths, on one thread and on two

    def round(self):
        for _ in range(TURNS):
            figures = self.turns.turn()
            for suffix, path in (("", "hash"), ("_direct", "direct")):
                for key in ("batch_p50_us", "batch_p99_us"):
                    figures[key + suffix] = figures.pop(f"{key}_{path}")
                ratio = figures["batch_p99_us" + suffix] / figures["batch_p50_us" + suffix]
                figures["batch_p99_over_p50" + suffix] = ratio
            memory = {k: v for k, v in self.turns.ready.items() if k.startswith("bytes_per")}
            yield {**figures, **memory}

    def stop(self):
        self.turns.stop()


class Zmq:
    """Messages of 64 KiB, received alone and with all that follows."""

    def __init__(self, _, options):
        words = ["--numbers", options.numbers, "--records", options.share(2_000_000)]
        self.turns = Turns([BENCH / "zmq_turns", *words, "--encoding", options.encoding])
        self.left_out = {}
        self.checked = 1

    def round(self):
        for _ in range(TURNS):
            self.checked += 2
            yield self.turns.turn()

    def stop(self):
        self.turns.stop()


class Others:
    """Other systems, and ringfence with the same file and the same records."""

    FORMS = ("lag", "range", "prefilter")

    def __init__(self, folder, options):
        self.peers = peers.Peers(folder, 2 * options.numbers, options.numbers // 10, options.peer)
        self.peers.prepare()
        self.left_out = {f"peer_{key(n)}_mops": why for n, why in self.peers.left_out.items()}
        self.checked = 0

    def round(self):
        answers = self.peers.round()
        self.checked += len(answers)
        asked, whole = {}, {}  # M/s of the question alone, and from the file to the answer
        for name, answer in answers.items():
            rows = self.peers.traffic_of(name).rows
            if answer.query_s is not None:
                asked[name] = peers.mops(rows, answer.query_s)
            if answer.total_s is not None:
                whole[name] = peers.mops(rows, answer.total_s)
        yield {**self._figures(asked, whole), **self._ratios(asked, whole)}

    def _figures(self, asked, whole):
        figures = {f"peer_{key(n)}_mops": v for n, v in {**whole, **asked}.items()}
        figures |= {f"peer_{key(n)}_load_query_mops": whole[n] for n in asked if n in whole}
        for name, end in (("scan_1", ""), ("scan_all", "_all_cores")):
            if f"peer_{name}_mops" in figures:
                figures["scan_csv_mrows" + end] = figures.pop(f"peer_{name}_mops")
        return figures

    def _ratios(self, asked, whole):
        ours, ours_2, scan = asked.get("detector-1"), asked.get("detector-2"), whole.get("scan-1")
        ratios = {}
        for name, over, mine in (("detector", asked, ours), ("scan", whole, scan)):
            others = {n: v for n, v in over.items() if mine and v != mine}
            ratios |= {f"{name}_over_{key(n)}": mine / v for n, v in others.items()}
        for form in self.FORMS:
            best = [v for n, v in asked.items() if n.startswith(f"duckdb-{form}-")]
            if best and ours_2:
                ratios[f"detector_t2_over_duckdb_{form}"] = ours_2 / max(best)
        for system, end in (("duckdb", "-1"), ("postgresql", ""), ("sqlite", "")):
            forms = [f"{system}-{form}{end}" for form in self.FORMS]
            best = [whole[form] for form in forms if form in whole]
            if best and scan:
                ratios[f"scan_over_{system}"] = scan / max(best)
        return ratios

    def stop(self):
        pass


def key(peer):
    return peer.replace("-", "_")


GROUPS = {"detector": Detector, "zmq": Zmq, "peers": Others}


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="rounds of everything (default 3)")
    parser.add_argument("--numbers", type=int, default=bars.MEANT_FOR, help="calling numbers; the"
                        " peers get a tenth, and twice as many records (default 10 million)")
    parser.add_argument("--quick", action="store_true", help="a hundredth, one round: to try it")
    parser.add_argument("--only", action="append", choices=GROUPS, help="this group alone")
    parser.add_argument("--peer", action="append", metavar="PEER", help="this peer alone")
    parser.add_argument("--encoding", default="canonical", help="of records in ZeroMQ messages")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    if options.quick:
        options.numbers, options.repeat = options.numbers // QUICK, 1
    options.share = lambda all_of_it: max(10_000, all_of_it * options.numbers // bars.MEANT_FOR)
    return options


def measure(options, folder):
    """({key: values}, {key: why it is left out})"""
    values, left_out, checked = collections.defaultdict(list), {}, 0
    with contextlib.ExitStack() as stack:
        groups = {}
        for name in options.only or GROUPS:
            print(f"{name}: fills its tables and checks its answers", file=sys.stderr, flush=True)
            groups[name] = GROUPS[name](folder, options)
            stack.callback(groups[name].stop)
        for number in range(options.repeat):
            for name, group in groups.items():
                print(f"round {number + 1}: {name}", file=sys.stderr, flush=True)
                for figures in group.round():
                    for figure, value in figures.items():
                        values[figure].append(value)
        for group in groups.values():
            left_out |= group.left_out
            checked += group.checked
    # A wrong answer ends the run: whoever reads this has seen none.
    values |= {"answers_compared": [checked], "oracle_mismatches": [0]}
    return values, left_out


def result(options, values, left_out):
    """What --json writes."""
    left_out = {**left_out, **bars.NOT_BUILT}
    for figure in bars.FIGURES:
        if figure not in values and figure not in left_out:
            if not (options.only or options.peer):
                raise Failure(f"{figure} was not measured")
            left_out[figure] = report.NOT_ASKED
    summaries = {figure: summary(all_of_it) for figure, all_of_it in values.items()}
    ratios = {k: v for k, v in summaries.items() if "_over_" in k}
    return {
        "machine": machine(),
        "numbers": options.numbers,
        "encoding": options.encoding,
        "figures": {k: v for k, v in summaries.items() if k not in ratios},
        "ratios": ratios,
        "left_out": left_out,
        "bars": report.judged(summaries),
    }


def main(arguments):
    options = parse(arguments)
    with tempfile.TemporaryDirectory(prefix="rf-bench-") as folder:
        pathlib.Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        values, left_out = measure(options, folder)
    run = result(options, values, left_out)
    report.show(run)
    if options.json:
        write_json(options.json, run)
