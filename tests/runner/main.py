"""tools/test: runs the suites one after another and adds up what they report."""

import argparse
import shutil
import sys
import time

import build
from results import Counts
from suites import DEFAULT, ON_REQUEST, SUITES


def count(text):
    """A whole number from 1; the suites have nothing to run otherwise."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1, such as 20")
    return int(text)


def parse():
    parser = argparse.ArgumentParser(
        prog="tools/test",
        description="Builds and runs the tests. The last line is 'N passed, M failed'.",
        epilog="JOBS=N sets how many processes build, and how many tests run, at a time. "
        "Logs: build/test-logs.",
    )
    parser.add_argument(
        "--suite",
        action="append",
        choices=SUITES,
        metavar="NAME",
        help=f"a part of them, several allowed: {', '.join(SUITES)}"
        f" (default: all but {' and '.join(ON_REQUEST)})",
    )
    parser.add_argument(
        "--seconds", type=count, default=5, metavar="N", help="time per fuzzer (default 5)"
    )
    parser.add_argument(
        "--kills", type=count, default=20, metavar="N", help="kills of the suite crash (default 20)"
    )
    parser.add_argument(
        "--seeds", type=count, default=200, metavar="N", help="of the suite sim (default 200)"
    )
    parser.add_argument(
        "--seed", type=int, metavar="N", help="the first of the suites sim (default 1), crash (new)"
    )
    parser.add_argument("--no-install", action="store_true", help="take the packages as they are")
    return parser.parse_args()


def run_suite(name, options):
    print(f"{name}", flush=True)
    start = time.monotonic()
    try:
        counts = SUITES[name](options)
        if not counts.total:
            raise build.Failure(f"the suite '{name}' has no test")
    except build.Failure as failure:
        print(f"  {failure}", flush=True)
        counts = Counts(failed=1)
    print(f"  {str(counts):<44} {time.monotonic() - start:7.1f} s", flush=True)
    return counts


def main():
    options = parse()
    wanted = options.suite or DEFAULT
    shutil.rmtree(build.LOGS, ignore_errors=True)
    total = Counts()
    for name in [suite for suite in SUITES if suite in wanted]:
        total.add(run_suite(name, options))
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
