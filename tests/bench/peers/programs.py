"""Peers that are one command: ringfence itself, what it is without a file, and sort with awk."""

import json
import os
import shutil
import time

from harness.paths import BENCH, RINGFENCE
from harness.server import run
from peers.answer import in_memory, in_one_pass

MEMORY_WINDOW = BENCH / "peers" / "memory_window"
# One number's times, oldest first, in a ring of 301.
RING = """
{ if ($1 != last) { last = $1; n = 0; over = 0 }
  if (n >= 300 && !over && $2 - ring[n % 300] < 86400) { over = 1; print $1 }
  ring[n % 300] = $2; n++ }
"""


class Scan:
    """`ringfence scan`: reading, de-duplication, if it is wanted, and the window in one pass."""

    def __init__(self, threads, horizon="48h"):
        self.threads, self.horizon = threads, horizon

    def missing(self):
        return ""

    def __call__(self, path):
        words = ["--threads", self.threads, "--dedup-horizon", self.horizon, "--output", "json"]
        start = time.monotonic()
        out = run(RINGFENCE, "scan", *words, "--quarantine", path.parent / "quarantine", path)
        took = time.monotonic() - start
        alerts = (json.loads(line) for line in out.splitlines())
        return in_one_pass({a["number"] for a in alerts if a.get("level") == "alert"}, took)


class MemoryWindow:
    """The same records made again, in memory: the detector, or a hash table of deques."""

    def __init__(self, traffic, method, threads=1):
        self.words = ["--rows", traffic.rows, "--numbers", traffic.numbers]
        self.words += ["--method", method, "--threads", threads]

    def missing(self):
        return ""

    def __call__(self, _):
        answer = json.loads(run(MEMORY_WINDOW, *self.words))
        return in_memory(set(answer["numbers"]), answer["seconds"])


class SortAwk:
    """The plain tools of any system; sort may use both processors and 2 GB."""

    def missing(self):
        return "" if shutil.which("mawk") else "mawk is not there"

    def __call__(self, path):
        program = f"cut -d, -f2,4 {path} | tail -n +2 | sort -t, -k1,1 -k2,2n -S 2G"
        program = f"set -o pipefail; {program} | mawk -F, '{RING}'"
        start = time.monotonic()
        out = run("bash", "-c", program, env={**os.environ, "LC_ALL": "C"})
        return in_one_pass(set(out.split()), time.monotonic() - start)
