"""tools/bench --filter REGEX: the Google Benchmark programs, one part of the system each.

Prints means, medians and deviations of five repetitions; JSON goes to build/bench.
"""

import argparse
import os
import subprocess

from harness.paths import BENCH, ROOT
from harness.server import Failure


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--filter", required=True, metavar="REGEX", help="'.' for all of them")
    options = parser.parse_args(arguments)
    out = ROOT / "build" / "bench"
    out.mkdir(exist_ok=True)
    programs = [p for p in sorted(BENCH.glob("*_bench")) if os.access(p, os.X_OK)]
    if not programs:
        raise Failure("no benchmark program")
    for program in programs:
        words = [f"--benchmark_filter={options.filter}", "--benchmark_repetitions=5"]
        words += ["--benchmark_report_aggregates_only=true", "--benchmark_out_format=json"]
        command = [program, *words, f"--benchmark_out={out / program.name}.json"]
        if subprocess.run(command, check=False).returncode:
            raise Failure(f"{program.name} failed")
