"""tools/bench half-open: what strangers cost.

A good sender's rate beside thousands of connections that say nothing. A service with CURVE runs on
loopback; a sender with an allowed key sends as fast as it goes, in pairs of runs: alone, and while
another process holds N TCP connections open that never begin the handshake (each that the service
closes is opened again at once). Prints the rate of each run and the median of the pairs' ratios.
Not one record may come from anybody else.
"""

import argparse
import multiprocessing
import resource
import selectors
import socket
import statistics
import tempfile
import time

from harness.quantity import natural, not_negative, positive
from harness.server import PATIENCE, Failure
from harness.service import Service

SPARE_FILES = 500  # of the process that holds the connections
OPENED_AT_ONCE = 200
RECORDS_A_DAY = 12_000_000  # of event time: what ingest_load makes by default
DAYS_AGO = 30


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="tools/bench half-open", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--connections", type=natural, default=10_000)
    parser.add_argument("--pairs", type=natural, default=5)
    parser.add_argument("--seconds", type=positive, default=8, help="of each run")
    parser.add_argument(
        "--rate", type=not_negative, default=0, help="records a second; 0: as many as go"
    )
    parser.add_argument("--at-least", type=float, default=0.9, help="the median that is demanded")
    return parser.parse_args(arguments)


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


class GoodSender:
    """Sends to the service in runs that go on in event time where the one before ended."""

    def __init__(self, service, options):
        self.service, self.options = service, options
        self.next_setup = int(time.time()) - DAYS_AGO * 86_400

    def run(self, seed):
        words = ["--seconds", self.options.seconds, "--rate", self.options.rate, "--seed", seed]
        result = self.service.load(*words, "--first-setup", self.next_setup)
        # What is late is slow.
        self.next_setup += result["records"] * 86_400 // RECORDS_A_DAY + 60
        return result

    def run_beside_strangers(self, seed):
        here, leave = multiprocessing.Event(), multiprocessing.Event()
        opened = multiprocessing.Value("L", 0)
        port = int(self.service.endpoint.rpartition(":")[2])
        strangers = multiprocessing.Process(
            target=Strangers, args=(port, self.options.connections, here, opened, leave)
        )
        strangers.start()
        try:
            if not here.wait(PATIENCE):
                raise Failure("the connections could not be opened")
            held = self.service.open_files()
            result = self.run(seed)
        finally:
            leave.set()
            strangers.join()
        return result, held, opened.value


def measure_pair(sender, pair):
    """The records that were sent, and beside over alone."""
    # In turns, so that a service that holds more and more slows down both alike.
    if pair % 2 == 0:
        alone = sender.run(2 * pair)
    beside, held, opened = sender.run_beside_strangers(2 * pair + (pair + 1) % 2)
    if pair % 2 == 1:
        alone = sender.run(2 * pair + 1)
    ratio = beside["records_per_second"] / alone["records_per_second"]
    rates = [run["records_per_second"] for run in (alone, beside)]
    waits = [run["ack_ms"]["p99"] for run in (alone, beside)]
    print(
        f"pair {pair + 1}: alone {rates[0]:,.0f}/s, beside {rates[1]:,.0f}/s = {ratio:.2f}; "
        f"files of the service {held:,}, connections opened {opened:,}, "
        f"ack p99 {waits[0]:.0f} and {waits[1]:.0f} ms",
        flush=True,
    )
    return alone["records"] + beside["records"], ratio


def main(arguments):
    options = parse(arguments)
    if raise_files() < options.connections + SPARE_FILES:
        raise Failure(f"needs {options.connections + SPARE_FILES} open files: ulimit -Hn")
    with tempfile.TemporaryDirectory(prefix="rf-", dir="/tmp") as folder:
        with Service(folder, "good", True) as service:
            sender = GoodSender(service, options)
            # A service that holds little yet is faster than it ever is again.
            settled = sender.run(2 * options.pairs)["records"]
            pairs = [measure_pair(sender, pair) for pair in range(options.pairs)]
        account = service.status()["account"]
    read, sent = account["read"], settled + sum(records for records, _ in pairs)
    median = statistics.median(ratio for _, ratio in pairs)
    print(f"median {median:.3f} of {options.pairs} pairs; {read:,} records read, {sent:,} sent")
    if read != sent:
        raise Failure("the service read other records than the good sender's")
    if account["late"]:
        raise Failure(f"{account['late']:,} records were late, which is slower")
    if median < options.at_least:
        raise Failure(f"less than {options.at_least}")
