"""Peers that are one command: ringfence itself, and sort with awk."""

import json
import os
import pathlib
import shutil
import subprocess
import time

RINGFENCE = pathlib.Path(__file__).resolve().parents[3] / "build/release/tools/ringfence/ringfence"
# One number's times, oldest first, in a ring of 301.
RING = """
{ if ($1 != last) { last = $1; n = 0; over = 0 }
  if (n >= 300 && !over && $2 - ring[n % 300] < 86400) { over = 1; print $1 }
  ring[n % 300] = $2; n++ }
"""


class Scan:
    """`ringfence scan`: reading, de-duplication and the window in one pass."""

    def __init__(self, threads):
        self.threads = threads

    def missing(self):
        return ""

    def __call__(self, path):
        command = [RINGFENCE, "scan", "--threads", self.threads, "--output", "json"]
        command += ["--quarantine", path.parent / "quarantine", path]
        start = time.monotonic()
        out = subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout
        took = time.monotonic() - start
        alerts = (json.loads(line) for line in out.splitlines())
        return {a["number"] for a in alerts if a.get("level") == "alert"}, 0.0, took


class SortAwk:
    """The plain tools of any system; sort may use both processors and 2 GB."""

    def missing(self):
        return "" if shutil.which("mawk") else "mawk is not there"

    def __call__(self, path):
        program = f"cut -d, -f2,4 {path} | tail -n +2 | sort -t, -k1,1 -k2,2n -S 2G"
        command = ["bash", "-c", f"set -o pipefail; {program} | mawk -F, '{RING}'"]
        start = time.monotonic()
        env = {**os.environ, "LC_ALL": "C"}
        out = subprocess.run(command, capture_output=True, check=True, env=env, text=True).stdout
        return set(out.split()), 0.0, time.monotonic() - start
