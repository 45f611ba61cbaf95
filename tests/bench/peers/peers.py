#!/usr/bin/env python3
"""tools/bench peers: the same question to other systems, on the same file, in the same run.

Which numbers made more than 300 calls in any 24 hours? Each peer gets the question in the exact
form that suits it best, and its answer is compared with ringfence's before its time counts; that of
`sort | awk` shares no code with ours. Loading and asking are timed apart. A peer that is not
installed is left out and said so: tools/install-packages peers, and `pip install duckdb`.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import databases
import programs
import redis_window

ROOT = pathlib.Path(__file__).resolve().parents[3]
TRAFFIC = ROOT / "build" / "release" / "tests" / "bench" / "peers" / "peer_traffic"
REDIS_SHARE = 50  # Redis gets a file of a fiftieth: it would take minutes


class Wrong(Exception):
    """A wrong answer or a wrong question: nothing may be measured then."""


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench peers", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000, help="records (default 20 million)")
    parser.add_argument("--numbers", type=int, default=1_000_000, help="calling numbers")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of all peers (default 3)")
    parser.add_argument("--only", action="append", metavar="PEER", help="these peers alone")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    return parser.parse_args()


def make(folder, name, rows, numbers):
    path = pathlib.Path(folder) / name
    with open(path, "wb") as file:
        command = [TRAFFIC, "--rows", str(rows), "--numbers", str(numbers)]
        subprocess.run(command, stdout=file, check=True)
    return path


def peers(folder):
    """{name: what answers}: each is called with a file and gives (numbers, load s, query s)."""
    found = {
        "ringfence-1": programs.Scan(threads=1),
        "ringfence-2": programs.Scan(threads=2),
        "sort-awk": programs.SortAwk(),
        "redis-zset": redis_window.Window(folder),
    }
    for kind in (databases.DuckDb, databases.Postgres, databases.Sqlite):
        found.update(kind.forms(folder))
    return found


def run(name, peer, path, rows, right):
    start = time.monotonic()
    numbers, load, query = peer(path)
    if right is not None and numbers != right:
        raise Wrong(f"{name}: {len(numbers)} numbers, ringfence has {len(right)}")
    took = {"load_s": load, "query_s": query, "rows": rows, "numbers": len(numbers)}
    print(f"  {name:<20} {time.monotonic() - start:8.1f} s", file=sys.stderr, flush=True)
    return numbers, took


def measure(options, folder):
    """{peer: [what each round took]}; rounds are interleaved."""
    known = peers(folder)
    unknown = sorted(set(options.only or []) - set(known))
    if unknown:
        raise Wrong(f"no such peer: {', '.join(unknown)}; there are {', '.join(known)}")
    full = make(folder, "cdr.csv", options.rows, options.numbers)
    rows, numbers = options.rows // REDIS_SHARE, max(1000, options.numbers // REDIS_SHARE)
    small = make(folder, "small.csv", rows, numbers)
    answers = {path: programs.Scan(threads=2)(path)[0] for path in (full, small)}
    if not all(answers.values()):
        raise Wrong("nobody called so often: there is nothing to find in so few records")
    results = {}
    for _ in range(options.repeat):
        for name, peer in peers(folder).items():
            if options.only and name not in options.only:
                continue
            path, count = (small, rows) if name.startswith("redis") else (full, options.rows)
            reason = peer.missing()
            if reason:
                results.setdefault(name, reason)
                continue
            results.setdefault(name, []).append(run(name, peer, path, count, answers[path])[1])
    return results


def figures(runs):
    median = {key: statistics.median(r[key] for r in runs) for key in ("load_s", "query_s")}
    both = [r["load_s"] + r["query_s"] for r in runs]
    rows = runs[0]["rows"]
    return {
        "load_s": median["load_s"],
        "query_s": median["query_s"],
        "query_mops": rows / median["query_s"] / 1e6 if median["query_s"] else None,
        "mops": rows / statistics.median(both) / 1e6,
        "mops_min": rows / max(both) / 1e6,
        "mops_max": rows / min(both) / 1e6,
        "rows": rows,
        "numbers": runs[0]["numbers"],
    }


def show(table, ours):
    print(f"{'':<20} {'load s':>8} {'query s':>8} {'query M/s':>10} {'both M/s':>9}", end="")
    print(f"  {'min … max':^15} {'ringfence-1 is':>14}")
    for name, row in table.items():
        if isinstance(row, str):
            print(f"{name:<20} left out: {row}")
            continue
        query = f"{row['query_mops']:10.2f}" if row["query_mops"] else f"{'':>10}"
        print(
            f"{name:<20} {row['load_s']:8.2f} {row['query_s']:8.2f} {query} {row['mops']:9.3f}"
            f"  {row['mops_min']:6.3f} … {row['mops_max']:<6.3f} {ours / row['mops']:12.1f} x"
        )


def main():
    options = parse()
    with tempfile.TemporaryDirectory(prefix="rf-peers-") as folder:
        pathlib.Path(folder).chmod(0o755)  # PostgreSQL runs as another user
        try:
            results = measure(options, folder)
        except (Wrong, subprocess.CalledProcessError, OSError) as failure:
            print(f"tools/bench peers: {failure}", file=sys.stderr)
            return 1
    table = {n: runs if isinstance(runs, str) else figures(runs) for n, runs in results.items()}
    ours = table["ringfence-1"]["mops"] if "ringfence-1" in table else float("nan")
    show(table, ours)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(table, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
