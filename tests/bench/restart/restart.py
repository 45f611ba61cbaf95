"""tools/bench restart: how long a service that was killed takes until it is ready again.

The folder of such a service is made once: a snapshot, and the journal behind it. A service is
started in it again and again and killed once it is ready; the last one is stopped, and the snapshot
that it leaves must have every byte of the one expected. Its account must be right each time before
any figure counts. Event time is the records' own: 12 calls a day of each number.

Before each start the tool uses as much memory as the service will, and gives it back: the host of a
virtual machine provides memory when it is first touched, which can take longer than all the rest.
"""

import argparse
import contextlib
import json
import mmap
import os
import pathlib
import tempfile
import time

from harness.paths import BENCH, RINGFENCE
from harness.quantity import natural
from harness.server import Failure, Server, run
from harness.summary import summary, write_json

MAKER = BENCH / "restart" / "restart_maker"
BATCH = 2_500  # records of an entry
RECORD_BYTES = 128  # of a binary record
MEMORY_OF_SNAPSHOT = 6  # so many times its size, at most, are used, its file in memory included
PATIENCE = 600  # seconds for anything that has to happen


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="tools/bench restart", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--numbers", type=natural, default=10_000_000, help="calling numbers")
    parser.add_argument("--records", type=natural, default=60_000_000, help="in the snapshot")
    parser.add_argument(
        "--behind", type=natural, default=10_000_000, help="in the journal behind it"
    )
    parser.add_argument("--binary", action="store_true", help="a journal of binary records")
    parser.add_argument("--repeat", type=natural, default=3, help="starts (default 3)")
    parser.add_argument("--cold", action="store_true", help="nothing of the folder is in memory")
    parser.add_argument("--folder", help="work there, and keep it: it need not be made again")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--quick", action="store_true", help="some thousand numbers, to try it")
    options = parser.parse_args(arguments)
    if options.quick:
        options.numbers, options.records, options.behind = 20_000, 400_000, 100_000
        options.repeat = 1
    return options


def whole(records):
    return -(-records // BATCH) * BATCH


def make(folder, options):
    """The folder, and what a service in it must come to."""
    form = "binary" if options.binary else "rows"
    answer = folder / f"{options.numbers}-{options.records}-{options.behind}-{form}.json"
    if not answer.exists():
        command = [MAKER, "--data", folder / "data", "--expected", folder / "expected.snapshot"]
        command += ["--records", whole(options.records), "--behind", whole(options.behind)]
        command += ["--numbers", options.numbers, "--callers-of-many", 100, "--batch", BATCH]
        command += ["--first-setup", int(time.time()) - 30 * 86_400]
        if options.binary:
            command += ["--record-bytes", RECORD_BYTES]
        made = run(*command)
        config = f'[service]\ndata = "{folder}/data"\n[input]\nlisten = "tcp://127.0.0.1:*"\n'
        (folder / "ringfence.toml").write_text(config, encoding="utf-8")
        answer.write_text(made, encoding="utf-8")
        os.sync()
    return json.loads(answer.read_text(encoding="utf-8"))


def forget(folder):
    """The kernel keeps nothing of the files there in memory."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def touch_memory(folder):
    """The machine has the memory that a start needs."""
    snapshot = max(path.stat().st_size for path in (folder / "data" / "journal").glob("*.snapshot"))
    with open("/proc/meminfo", encoding="ascii") as file:
        free = next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvail"))
    with mmap.mmap(-1, min(MEMORY_OF_SNAPSHOT * snapshot, free // 2)) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        memory[:: mmap.PAGESIZE] = bytes(len(range(0, len(memory), mmap.PAGESIZE)))


def running(service, folder):
    """The status of this process, once it says that it runs."""
    status = json.loads((folder / "data" / "status.json").read_text(encoding="utf-8"))
    return (status["pid"], status["state"]) == (service.process.pid, "running") and status


def check(status, expected):
    """The state is the one that the service had."""
    found = {
        "lsn": status["durability"]["lsn"],
        "read": status["account"]["read"],
        "accepted": status["account"]["accepted"],
        "replayed_records": status["durability"]["replayed_records"],
        "tracked_numbers": status["detector"]["tracked_numbers"],
        "open_alerts": status["detector"]["open_alerts"],
        "detections": status["blocker"]["detections"],
    }
    if found != expected:
        raise Failure(f"expected {expected}, but the service has {found}")


def check_snapshot(folder):
    newest = sorted((folder / "data" / "journal").glob("*.snapshot"))[-1]
    if newest.read_bytes() != (folder / "expected.snapshot").read_bytes():
        raise Failure(f"{newest} is not the snapshot that was expected")
    newest.unlink()  # the folder stays as it was made


def start(folder, expected, cold, last):
    (folder / "data" / "starts.log").unlink(missing_ok=True)  # many crashes in a row are no news
    if cold:
        forget(folder)
    touch_memory(folder)
    begin = time.monotonic()
    service = Server("service", [RINGFENCE, "run", "--config", folder / "ringfence.toml"], folder)
    try:
        status = service.wait_for("readiness", lambda: running(service, folder), PATIENCE)
        ready = time.monotonic() - begin
        durability = status["durability"]
        replay_s = max(durability["replay_ms"], 1) / 1000
        figures = {
            "ready_s": ready,
            "snapshot_s": durability["restore_ms"] / 1000,
            "journal_s": durability["replay_ms"] / 1000,
            "records_per_second": durability["replayed_records"] / replay_s,
            "memory_mb": service.memory_mb(),
            "most_memory_mb": service.memory_mb("VmHWM"),
        }
        check(status, expected)
        if last:
            service.stop(PATIENCE)
            check_snapshot(folder)
    finally:
        service.kill()
    return figures


def measure(folder, options):
    expected = make(folder, options)
    last = options.repeat - 1
    runs = [start(folder, expected, options.cold, i == last) for i in range(options.repeat)]
    return {name: summary([run[name] for run in runs]) for name in runs[0]}


def main(arguments):
    options = parse(arguments)
    with contextlib.ExitStack() as stack:
        folder = options.folder
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rf-restart-"))
        os.makedirs(folder, exist_ok=True)
        figures = measure(pathlib.Path(folder), options)
    print(f"{'':<22} {'median':>12} {'min':>12} {'max':>12}")
    for name, values in figures.items():
        digits = 2 if name.endswith("_s") else 0
        print(f"{name:<22}", *(f"{values[k]:>12,.{digits}f}" for k in ("median", "min", "max")))
    if options.json:
        write_json(options.json, figures)
