"""tools/bench ingest: records through a running service, sender included.

For each case a service is started in an empty folder, records are sent to it over TCP, and its
account is compared with what was sent before any figure counts. Cases: as many records as go, and a
steady rate, at which the time until each batch is acknowledged is measured; each with CURVE, too.
"""

import argparse
import contextlib
import json
import os
import tempfile
import threading
import time
from itertools import zip_longest

from harness.quantity import duration, natural, positive
from harness.server import Failure
from harness.service import Service
from harness.summary import summary, write_json

SETTLE = 15  # seconds between runs
# window: bytes that are sent and not acknowledged. A small one keeps the acknowledgement near.
CASES = [
    {"name": "full speed", "rate": False, "curve": False, "window": 32 << 20},
    {"name": "full speed, CURVE", "rate": False, "curve": True, "window": 32 << 20},
    {"name": "steady rate", "rate": True, "curve": False, "window": 8 << 20},
    {"name": "steady rate, CURVE", "rate": True, "curve": True, "window": 8 << 20},
]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=positive, default=20, help="of each case (default 20)")
    parser.add_argument("--repeat", type=natural, default=3, help="rounds of all cases (default 3)")
    parser.add_argument(
        "--rate", type=positive, default=500_000, help="records a second when steady"
    )
    parser.add_argument("--numbers", type=natural, default=1_000_000, help="calling numbers")
    parser.add_argument("--format", choices=["canonical", "binary"], default="canonical")
    parser.add_argument("--record-bytes", type=natural, default=128, help="of a binary record")
    parser.add_argument(
        "--snapshot-every",
        type=duration("1s", "24h"),
        metavar="TIME",
        default="1m",
        help="with its unit, as in the configuration (default 1m)",
    )
    parser.add_argument("--only", choices=[case["name"] for case in CASES], help="one case")
    parser.add_argument("--json", metavar="FILE", help="write the medians there")
    parser.add_argument("--by-second", metavar="FILE", help="write each second of each run there")
    parser.add_argument("--quick", action="store_true", help="seconds in all, to try the driver")
    options = parser.parse_args(arguments)
    options.settle = SETTLE
    if options.quick:
        options.seconds, options.repeat, options.rate, options.settle = 0.5, 1, 20_000, 0
    return options


def look(service):
    """The service as it is now: what an acknowledgement may have waited for."""
    status = service.status()
    durability = status["durability"]
    return {
        "memory_mb": round(service.memory_mb()),
        "judged": status["account"]["read"],
        "queue_mb": round(durability["queue_bytes"] / 2**20, 1),
        "snapshot_lsn": durability["snapshot_lsn"],
        "snapshot_pause_us": durability["snapshot_pause_us"],
    }


def watch(service, stop, samples):
    while not stop.wait(1.0):
        with contextlib.suppress(OSError):
            samples.append(look(service))


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
    words = ["--window", case["window"], "--seconds", options.seconds]
    words += ["--numbers", options.numbers, "--first-setup", first_setup(options)]
    words += ["--rate", options.rate] if case["rate"] else []
    words += ["--format", options.format, "--record-bytes", options.record_bytes]
    settings = f'[snapshot]\nevery = "{options.snapshot_every}"\n'
    with tempfile.TemporaryDirectory(prefix="ringfence-bench-") as folder:
        with Service(folder, "bench", case["curve"], settings) as service:
            samples, stop = [], threading.Event()
            watcher = threading.Thread(target=watch, args=(service, stop, samples))
            try:
                watcher.start()
                begin = time.monotonic()
                result = service.load(*words)
                check(service, result["records"])
                # With what still waited to be judged, and up to a second until the status says so.
                judged = time.monotonic() - begin
                result["judged_per_second"] = result["records"] / judged
                samples.append(look(service))
            finally:
                stop.set()
                watcher.join()
    os.sync()  # the removal of what it wrote, gigabytes, must not weigh on the next run:
    threading.Event().wait(options.settle)  # some disks are told which blocks are free only now
    result["service_by_second"] = samples
    return result


def first_setup(options):
    """Early enough that no record lies in the future: event time runs much faster than ours."""
    days = options.seconds * 5_000_000 / (options.numbers * 12)
    return int(time.time() - (days + 2) * 86_400)


def figures(results):
    memory = [[s["memory_mb"] for s in r["service_by_second"]] for r in results]
    return {
        "records_per_second": [r["records_per_second"] for r in results],
        "judged_per_second": [r["judged_per_second"] for r in results],
        "ack_p50_ms": [r["ack_ms"]["p50"] for r in results],
        "ack_p99_ms": [r["ack_ms"]["p99"] for r in results],
        "ack_p999_ms": [r["ack_ms"]["p999"] for r in results],
        "memory_mb": [samples[-1] for samples in memory],
        # Of the second half over the end of the first: about 1 when memory is flat.
        "memory_growth": [s[-1] / s[len(s) // 2] for s in memory],
    }


def write_by_second(path, results):
    """A line for each second: acknowledgements of what was due then, and the service meanwhile."""
    with open(path, "w", encoding="utf-8") as file:
        for name, runs in results.items():
            for number, run in enumerate(runs):
                seconds = zip_longest(run["ack_ms_by_second"], run["service_by_second"])
                for second, (ack_ms, service) in enumerate(seconds):
                    line = {"case": name, "run": number, "second": second}
                    file.write(json.dumps({**line, "ack_ms": ack_ms, "service": service}) + "\n")


def show(name, values):
    rate = values["records_per_second"]
    print(
        f"{name:<20} {rate['median']:>11,.0f}  {rate['min']:>10,.0f} … {rate['max']:<10,.0f}"
        f" {values['judged_per_second']['median']:>11,.0f}"
        f" {values['ack_p50_ms']['median']:>8.2f} {values['ack_p99_ms']['median']:>8.2f}"
        f" {values['memory_mb']['median']:>8.0f} {values['memory_growth']['median']:>7.3f}"
    )


def main(arguments):
    options = parse(arguments)
    cases = [case for case in CASES if options.only in (None, case["name"])]
    results = {case["name"]: [] for case in cases}
    for _ in range(options.repeat):  # interleaved: a slow minute hits all cases
        for case in cases:
            results[case["name"]].append(measure(case, options))
    medians = {
        name: {key: summary(values) for key, values in figures(runs).items()}
        for name, runs in results.items()
    }
    print(f"{'':<20} {'acked/s':>11}  {'min … max':^23} {'judged/s':>11}", end="")
    print(f" {'ack p50':>8} {'p99 ms':>8} {'RSS MB':>8} {'growth':>7}")
    for name, values in medians.items():
        show(name, values)
    if options.json:
        write_json(options.json, medians)
    if options.by_second:
        write_by_second(options.by_second, results)
