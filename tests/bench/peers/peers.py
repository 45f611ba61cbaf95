"""tools/bench peers: the same question to other systems, on the same records, in the same run.

Which numbers made more than 300 calls in any 24 hours? Each peer gets the question in the exact
form that suits it best, and its answer is compared with ringfence's before its time counts; that of
`sort | awk` shares no code with ours. None looks for repetitions of a record, but one form of
DuckDB, beside which `ringfence scan` does. Loading and asking are timed apart. A peer that is not
installed is left out and said so: tools/install-packages peers, and `pip install duckdb`.
"""

import argparse
import collections
import dataclasses
import functools
import os
import pathlib
import statistics
import sys
import tempfile
import time

from harness.paths import BENCH
from harness.quantity import natural
from harness.server import Failure, run
from harness.summary import summary, write_json
from peers import databases, kamailio_htable, programs, redis_window
from peers.answer import median

ROWS, NUMBERS = 20_000_000, 1_000_000
# Who would take minutes gets a file of a fiftieth or less, with as many calls a number, but never
# so few that there is nothing to find.
SHARE = {"redis-zset": 50, "kamailio-htable": 200}
FEWEST_ROWS, FEWEST_NUMBERS = 4_000, 1_000
MOST_TURNS, LONG_S = 5, 5.0  # of a peer in a round: so many until they took so long


@dataclasses.dataclass
class Traffic:
    """Records of CarrierTraffic, and a file of them."""

    rows: int
    numbers: int
    path: pathlib.Path

    def make(self):
        words = ["--rows", self.rows, "--numbers", self.numbers]
        with open(self.path, "wb") as file:
            run(BENCH / "peers" / "peer_traffic", *words, stdout=file)


def known(folder, traffic):
    """{name: what answers}: each is called with a file."""
    cores = os.cpu_count()
    found = {
        "scan-1": programs.Scan(threads=1),
        "scan-all": programs.Scan(threads=cores),
        "scan-undeduplicated-1": programs.Scan(threads=1, horizon="0s"),
        "detector-1": programs.MemoryWindow(traffic, "detector"),
        "detector-2": programs.MemoryWindow(traffic, "detector", threads=2),
        "flat-hash-map": programs.MemoryWindow(traffic, "flat-hash-map"),
        "sort-awk": programs.SortAwk(),
        "redis-zset": redis_window.Window(folder),
        "kamailio-htable": kamailio_htable.Htable(folder),
    }
    for kind in (databases.DuckDb, databases.Postgres, databases.Sqlite):
        found.update(kind.forms(folder))
    return found


class Peers:
    """The peers of a run, and the files that they are asked about, in `folder`."""

    def __init__(self, folder, rows=ROWS, numbers=NUMBERS, only=None):
        self.traffic = {}
        for share in (1, *SHARE.values()):
            size = max(FEWEST_ROWS, rows // share), max(FEWEST_NUMBERS, numbers // share)
            self.traffic[share] = Traffic(*size, pathlib.Path(folder) / f"cdr-{share}.csv")
        everybody = known(folder, self.traffic[1])
        unknown = sorted(set(only or []) - set(everybody))
        if unknown:
            raise Failure(f"no such peer: {', '.join(unknown)}; there are {', '.join(everybody)}")
        asked = {name: peer for name, peer in everybody.items() if not only or name in only}
        self.left_out = {name: peer.missing() for name, peer in asked.items() if peer.missing()}
        self.peers = {name: peer for name, peer in asked.items() if name not in self.left_out}
        self.right = {}

    def prepare(self):
        for traffic in {t.path: t for t in map(self.traffic_of, self.peers)}.values():
            traffic.make()
            self.right[traffic.path] = programs.Scan(threads=1)(traffic.path).numbers
            if not self.right[traffic.path]:
                raise Failure("nobody called so often: there is nothing to find in so few records")

    def traffic_of(self, name):
        return self.traffic[SHARE.get(name, 1)]

    def round(self):
        """{name: answer} of all; a wrong one ends the run."""
        # The host of a virtual machine gives it memory when it is touched, and takes it back when
        # it is not: the first to be asked would pay for that, and no other.
        first = next(iter(self.peers))
        self.peers[first](self.traffic_of(first).path)
        return {name: self._ask(name, peer) for name, peer in self.peers.items()}

    @functools.cache
    def _counted(self, path):
        """The answer of those who only count: more than 300 in the whole file."""
        with open(path, encoding="ascii") as file:
            made = collections.Counter(line.split(",", 2)[1] for line in file)
        return {number for number, calls in made.items() if calls > 300}

    def _ask(self, name, peer):
        """The median of some turns where one is short: the host takes the processors away for
        moments, which would be all of it."""
        path = self.traffic_of(name).path
        right = self._counted(path) if getattr(peer, "ONLY_COUNTS", False) else self.right[path]
        answers = []
        start = time.monotonic()
        while not answers or (len(answers) < MOST_TURNS and time.monotonic() - start < LONG_S):
            answers.append(peer(path))
            if answers[-1].numbers != right:
                found = len(answers[-1].numbers)
                raise Failure(f"{name}: {found} numbers, {len(right)} are right")
        took = f"{time.monotonic() - start:8.1f} s, turns: {len(answers)}"
        print(f"  {name:<20} {took}", file=sys.stderr, flush=True)
        return median(answers)


def mops(rows, seconds):
    return rows / seconds / 1e6


def table(peers, rounds):
    """{peer: figures, or why there are none}."""
    rows = {}
    for name in peers.peers:
        answers = [answers[name] for answers in rounds]
        count = peers.traffic_of(name).rows
        rows[name] = {"rows": count, "numbers": len(answers[0].numbers)}
        for part in ("load_s", "query_s", "total_s"):
            if getattr(answers[0], part) is not None:
                rows[name][part] = statistics.median(getattr(answer, part) for answer in answers)
        for key, part in (("query_mops", "query_s"), ("mops", "total_s")):
            if part in rows[name]:
                rows[name][key] = summary([mops(count, getattr(a, part)) for a in answers])
    return {**rows, **peers.left_out}


def scan_beside(name):
    """The scan that does as much as the peer."""
    return "scan-1" if "distinct" in name else "scan-undeduplicated-1"


def ratio(rows, ours, key, row):
    mine, its = (r.get(key) if isinstance(r, dict) else None for r in (rows.get(ours), row))
    return f"{mine['median'] / its['median']:9.1f} x" if mine and its else f"{'':>11}"


def show(rows):
    print(f"{'':<20} {'load s':>8} {'query s':>8} {'M/s':>9} {'detector-1':>11}", end="")
    print(f" {'both M/s':>9} {'min … max':^15} {'scan, T=1':>11}")
    for name, row in rows.items():
        if isinstance(row, str):
            print(f"{name:<20} left out: {row}")
            continue
        seconds = [f"{row[key]:8.2f}" if key in row else f"{'':8}" for key in ("load_s", "query_s")]
        query, both = row.get("query_mops"), row.get("mops")
        print(f"{name:<20}", *seconds, end=" ")
        print(f"{query['median']:9.3f}" if query else f"{'':9}", end=" ")
        print(ratio(rows, "detector-1", "query_mops", row), end=" ")
        if both:
            spread = f"{both['min']:6.3f} … {both['max']:<6.3f}"
            over = ratio(rows, scan_beside(name), "mops", row)
            print(f"{both['median']:9.3f} {spread}", over, end="")
        print()


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench peers", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=natural, default=ROWS, help="records (default 20 million)")
    parser.add_argument("--numbers", type=natural, default=NUMBERS, help="calling numbers")
    parser.add_argument("--repeat", type=natural, default=3, help="rounds of all peers (default 3)")
    parser.add_argument("--only", action="append", metavar="PEER", help="these peers alone")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rf-peers-") as folder:
        pathlib.Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        peers = Peers(folder, options.rows, options.numbers, options.only)
        peers.prepare()
        rows = table(peers, [peers.round() for _ in range(options.repeat)])
    show(rows)
    if options.json:
        write_json(options.json, rows)
