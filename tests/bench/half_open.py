#!/usr/bin/env python3
"""What strangers cost: a good sender's rate beside thousands of connections that say nothing.

A service with CURVE runs on loopback; a sender with an allowed key sends as fast as it goes, in
pairs of runs: alone, and while another process holds N TCP connections open that never begin the
handshake (each that the service closes is opened again at once). Prints the rate of each run and
the median of the pairs' ratios. Not one record may come from anybody else. Build first:
ninja -C build/release ringfence ingest_load
"""

import argparse
import json
import multiprocessing
import pathlib
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RINGFENCE = ROOT / "build/release/tools/ringfence/ringfence"
LOAD = ROOT / "build/release/tests/bench/ingest/ingest_load"
PATIENCE = 60
SPARE_FILES = 500  # of the process that holds the connections
OPENED_AT_ONCE = 200
RECORDS_A_DAY = 12_000_000  # of event time: what ingest_load makes by default
DAYS_AGO = 30


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8, help="of each run")
    parser.add_argument("--rate", type=float, default=0, help="records a second; 0: as many as go")
    parser.add_argument("--at-least", type=float, default=0.9, help="the median that is demanded")
    return parser.parse_args()


def raise_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Strangers:
    """Keeps `count` connections open; runs in a process of its own until `leave` is set."""

    def __init__(self, port, count, here, opened, leave):
        raise_files()
        self.port, self.count = port, count
        self.selector = selectors.EpollSelector()
        self.open = set()
        self.run(here, opened, leave)

    def connect(self):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self.port))
        self.selector.register(sock, selectors.EVENT_READ)
        self.open.add(sock)

    def drop_closed(self):
        for key, _ in self.selector.select(timeout=0.02):
            try:
                # The service greets; a stranger listens and says nothing.
                if key.fileobj.recv(4096):
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            self.selector.unregister(key.fileobj)
            self.open.discard(key.fileobj)
            key.fileobj.close()

    def run(self, here, opened, leave):
        while not leave.is_set():
            for _ in range(min(OPENED_AT_ONCE, self.count - len(self.open))):
                self.connect()
                opened.value += 1
            self.drop_closed()
            if len(self.open) >= self.count:
                here.set()


class Service:
    def __init__(self, folder):
        self.folder = folder
        self.next_setup = int(time.time()) - DAYS_AGO * 86_400
        for name in ("service", "good"):
            self.keys("new", name)
        self.keys("allow", "good", "good.pub", "--list", "allow")
        config = folder / "ringfence.toml"
        config.write_text(
            f'[service]\ndata = "{folder}/data"\n[input]\nlisten = "tcp://127.0.0.1:*"\n'
            f'curve_secret = "{folder}/service.key"\ncurve_allow = "{folder}/allow"\n')
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen([RINGFENCE, "run", "--config", config], stdout=self.log,
                                        stderr=self.log)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.endpoint = self.status()["endpoint"]
                return
            except (OSError, ValueError, KeyError):
                if self.ended_within(0.05) or time.monotonic() > end:
                    sys.exit(f"half_open: no service: {(folder / 'log').read_text()}")

    def ended_within(self, seconds):
        try:
            return self.process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False

    def keys(self, *words):
        command = [RINGFENCE, "keys", *words]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def status(self):
        return json.loads((self.folder / "data/status.json").read_text())

    def files(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()


def rate_of(service, options, seed):
    command = [LOAD, "--to", service.endpoint, "--source", "good", "--seconds", options.seconds,
               "--rate", options.rate, "--seed", seed, "--first-setup", service.next_setup,
               "--curve-secret", service.folder / "good.key",
               "--server-key", service.folder / "service.pub"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"half_open: the sender failed: {done.stderr}")
    result = json.loads(done.stdout)
    # Each run goes on in event time where the one before ended: what is late is slow.
    service.next_setup += result["records"] * 86_400 // RECORDS_A_DAY + 60
    return result


def rate_beside_strangers(service, options, seed):
    here, leave = multiprocessing.Event(), multiprocessing.Event()
    opened = multiprocessing.Value("L", 0)
    port = int(service.endpoint.rpartition(":")[2])
    strangers = multiprocessing.Process(
        target=Strangers, args=(port, options.connections, here, opened, leave))
    strangers.start()
    try:
        if not here.wait(PATIENCE):
            sys.exit("half_open: the connections could not be opened")
        held = service.files()
        result = rate_of(service, options, seed)
    finally:
        leave.set()
        strangers.join()
    return result, held, opened.value


def main():
    options = parse()
    if raise_files() < options.connections + SPARE_FILES:
        sys.exit(f"half_open: needs {options.connections + SPARE_FILES} open files: ulimit -Hn")
    ratios, sent = [], 0
    with tempfile.TemporaryDirectory(prefix="rf-", dir="/tmp") as folder:
        service = Service(pathlib.Path(folder))
        try:
            for pair in range(options.pairs):
                # In turns, so that a service that holds more and more slows down both alike.
                if pair % 2 == 0:
                    alone = rate_of(service, options, 2 * pair)
                seed = 2 * pair + (pair + 1) % 2
                beside, held, opened = rate_beside_strangers(service, options, seed)
                if pair % 2 == 1:
                    alone = rate_of(service, options, 2 * pair + 1)
                sent += alone["records"] + beside["records"]
                ratios.append(beside["records_per_second"] / alone["records_per_second"])
                rates = [run["records_per_second"] for run in (alone, beside)]
                waits = [run["ack_ms"]["p99"] for run in (alone, beside)]
                print(f"pair {pair + 1}: alone {rates[0]:,.0f}/s, beside {rates[1]:,.0f}/s = "
                      f"{ratios[-1]:.2f}; files of the service {held:,}, connections opened "
                      f"{opened:,}, ack p99 {waits[0]:.0f} and {waits[1]:.0f} ms", flush=True)
        finally:
            service.stop()
        account = service.status()["account"]
        read = account["read"]
    median = statistics.median(ratios)
    print(f"median {median:.3f} of {options.pairs} pairs; {read:,} records read, {sent:,} sent")
    if read != sent:
        sys.exit("half_open: the service read other records than the good sender's")
    if account["late"]:
        sys.exit(f"half_open: {account['late']:,} records were late, which is slower")
    if median < options.at_least:
        sys.exit(f"half_open: less than {options.at_least}")


if __name__ == "__main__":
    main()
