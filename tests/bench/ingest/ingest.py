#!/usr/bin/env python3
"""tools/bench ingest: records through a running service, sender included.

For each case a service is started in an empty folder, records are sent to it over TCP, and its
account is compared with what was sent before any figure counts. Cases: as many records as go, and a
steady rate, at which the time until each batch is acknowledged is measured; each with CURVE, too.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build" / "release"
RINGFENCE = BUILD / "tools" / "ringfence" / "ringfence"
LOAD = BUILD / "tests" / "bench" / "ingest" / "ingest_load"
SETTLE = 15  # seconds between runs
PATIENCE = 120  # seconds for anything that has to happen


class Failure(Exception):
    """A run that must not be measured; str() says why."""


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="of each case (default 20)")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of all cases (default 3)")
    parser.add_argument("--rate", type=float, default=500_000, help="records a second when steady")
    parser.add_argument("--numbers", type=int, default=1_000_000, help="calling numbers")
    parser.add_argument("--format", choices=["canonical", "binary"], default="canonical")
    parser.add_argument("--record-bytes", type=int, default=128, help="of a binary record")
    parser.add_argument("--only", choices=[case["name"] for case in CASES], help="one case")
    parser.add_argument("--json", metavar="FILE", help="write the medians there")
    return parser.parse_args()


# window: bytes that are sent and not acknowledged. A small one keeps the acknowledgement near.
CASES = [
    {"name": "full speed", "rate": False, "curve": False, "window": 32 << 20},
    {"name": "full speed, CURVE", "rate": False, "curve": True, "window": 32 << 20},
    {"name": "steady rate", "rate": True, "curve": False, "window": 8 << 20},
    {"name": "steady rate, CURVE", "rate": True, "curve": True, "window": 8 << 20},
]


def memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


class Service:
    """A `ringfence run` in a folder of its own; with `curve`, senders must have the key."""

    def __init__(self, folder, curve):
        self.folder = pathlib.Path(folder)
        text = f'[service]\ndata = "{folder}/data"\n[input]\nlisten = "tcp://127.0.0.1:*"\n'
        if curve:
            text += self.make_keys()
        config = self.folder / "ringfence.toml"
        config.write_text(text, encoding="utf-8")
        self.log = open(self.folder / "log", "wb")  # pylint: disable=consider-using-with
        command = [RINGFENCE, "run", "--config", config]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.endpoint = self.wait_for("its address", lambda: self.status().get("endpoint"))

    def make_keys(self):
        for words in (["new", "service"], ["new", "bench"], ["allow", "bench", "bench.pub"]):
            more = ["--list", "allow"] if words[0] == "allow" else []
            command = [RINGFENCE, "keys", *words, *more]
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return f'curve_secret = "{self.folder}/service.key"\ncurve_allow = "{self.folder}/allow"\n'

    def wait_for(self, what, condition):
        """What the condition gives; looks again and again, but not at a service that has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
                raise Failure("the service ended: " + (self.folder / "log").read_text()[-2000:])
        raise Failure(f"gave up waiting for {what}")

    def status(self):
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self.folder / "data" / "status.json").read_text())
        return {}

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()


def watch_memory(pid, stop, samples):
    while not stop.wait(1.0):
        with contextlib.suppress(FileNotFoundError):
            samples.append(memory_mb(pid))


def check(service, sent):
    """Every record that was sent stands in the account, once, and nothing else does."""
    counted = service.wait_for(
        "the account of all records",
        lambda: (account := service.status()["account"])["read"] >= sent and account,
    )
    rejected = sum(counted["rejected"].values())
    if (counted["read"], counted["duplicates"] + counted["late"] + rejected) != (sent, 0):
        raise Failure(f"{sent} records were sent, but the service counts {counted}")


def measure(case, options):
    with tempfile.TemporaryDirectory(prefix="ringfence-bench-") as folder:
        service = Service(folder, case["curve"])
        samples, stop = [], threading.Event()
        watcher = threading.Thread(target=watch_memory, args=(service.process.pid, stop, samples))
        try:
            watcher.start()
            command = [LOAD, "--to", service.endpoint, "--source", "bench"]
            command += ["--window", case["window"], "--seconds", options.seconds]
            command += ["--numbers", options.numbers, "--first-setup", first_setup(options)]
            command += ["--rate", options.rate] if case["rate"] else []
            command += ["--format", options.format, "--record-bytes", options.record_bytes]
            if case["curve"]:
                command += ["--curve-secret", service.folder / "bench.key"]
                command += ["--server-key", service.folder / "service.pub"]
            begin = time.monotonic()
            load = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=False)
            if load.returncode:
                raise Failure(load.stderr.decode())
            result = json.loads(load.stdout)
            check(service, result["records"])
            # With what still waited to be judged, and up to a second until the status says so.
            result["judged_per_second"] = result["records"] / (time.monotonic() - begin)
        finally:
            stop.set()
            watcher.join()
            service.stop()
    os.sync()  # the removal of what it wrote, gigabytes, must not weigh on the next run:
    threading.Event().wait(SETTLE)  # some disks are told which blocks are free only now
    result["memory_mb"] = samples
    return result


def first_setup(options):
    """Early enough that no record lies in the future: event time runs much faster than ours."""
    days = options.seconds * 5_000_000 / (options.numbers * 12)
    return int(time.time() - (days + 2) * 86_400)


def figures(results):
    memory = [r["memory_mb"] for r in results]
    return {
        "records_per_second": [r["records_per_second"] for r in results],
        "judged_per_second": [r["judged_per_second"] for r in results],
        "ack_p50_ms": [r["ack_ms"]["p50"] for r in results],
        "ack_p99_ms": [r["ack_ms"]["p99"] for r in results],
        "ack_p999_ms": [r["ack_ms"]["p999"] for r in results],
        "memory_mb": [samples[-1] for samples in memory if samples],
        # Of the second half over the end of the first: about 1 when memory is flat.
        "memory_growth": [s[-1] / s[len(s) // 2] for s in memory if s],
    }


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def show(name, values):
    rate = values["records_per_second"]
    print(
        f"{name:<20} {rate['median']:>11,.0f}  {rate['min']:>10,.0f} … {rate['max']:<10,.0f}"
        f" {values['judged_per_second']['median']:>11,.0f}"
        f" {values['ack_p50_ms']['median']:>8.2f} {values['ack_p99_ms']['median']:>8.2f}"
        f" {values['memory_mb']['median']:>8.0f} {values['memory_growth']['median']:>7.3f}"
    )


def main():
    options = parse()
    cases = [case for case in CASES if options.only in (None, case["name"])]
    results = {case["name"]: [] for case in cases}
    try:
        for _ in range(options.repeat):  # interleaved: a slow minute hits all cases
            for case in cases:
                results[case["name"]].append(measure(case, options))
    except Failure as failure:
        print(f"tools/bench ingest: {failure}", file=sys.stderr)
        return 1
    medians = {
        name: {key: summary(values) for key, values in figures(runs).items()}
        for name, runs in results.items()
    }
    print(f"{'':<20} {'acked/s':>11}  {'min … max':^23} {'judged/s':>11}", end="")
    print(f" {'ack p50':>8} {'p99 ms':>8} {'RSS MB':>8} {'growth':>7}")
    for name, values in medians.items():
        show(name, values)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(medians, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
