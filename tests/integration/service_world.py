"""A service, servers and a client as processes on loopback, each ended by its test."""

import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The path of the program; main() takes it from the command line.
BINARY = [""]
PATIENCE = 60  # seconds: only a failure waits so long
THRESHOLD = 5

CONFIG = """
[service]
data = "{data}"
[input]
listen = "{listen}"
{input}
[redis]
address = "{redis}"
timeout = "2s"
[rule.line-frequency]
mode = "enforce"
threshold = {threshold}
[log]
level = "debug"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def password_hash(password):
    return hashlib.sha256(password.encode()).hexdigest()


def calls(number, count, serial):
    """A canonical CSV of calls of one number, one a second until now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = ["record_id,calling,called,setup_time"]
    for i in range(count):
        at = now - datetime.timedelta(seconds=count - i)
        lines.append(f"{serial}-{i},{number},+866315559999,{at.isoformat()}")
    return "\n".join(lines) + "\n"


class Process:
    """A program with its output in a file; ended, however the test ends."""

    def __init__(self, test, command, log):
        self.log = pathlib.Path(log)
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        test.addCleanup(self.stop)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE)

    def ended_within(self, seconds):
        try:
            return self.process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False

    def output(self):
        return self.log.read_text(errors="replace")


class WorldTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="rf-", dir="/tmp")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def path(self, name):
        return self.folder / name

    def wait(self, holds, what, alive=()):
        """Polls until `holds()` is true and returns what it said."""
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError, ValueError, KeyError):
                if answer := holds():
                    return answer
            for process in alive:
                if process.ended_within(0.02):
                    self.fail(f"{what}: {process.process.args[0]} ended: {process.output()}")
            if time.monotonic() > end:
                self.fail(f"{what}: not within {PATIENCE} s: {[p.output() for p in alive]}")

    def start(self, name, command):
        return Process(self, [str(word) for word in command], self.path(name + ".log"))

    def start_redis(self, port, *options):
        """A redis-server on 127.0.0.1:port."""
        folder = self.path("redis-data")
        folder.mkdir()
        words = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir"]
        server = self.start("redis", [*words, folder, *options])
        self.wait(lambda: "Ready to accept" in server.output(), "redis-server", [server])
        return server

    def ask(self, port, *command, user=None, password=""):
        """What Redis answers, as redis-cli prints it."""
        login = ["--user", user, "--pass", password, "--no-auth-warning"] if user else []
        done = subprocess.run(
            ["redis-cli", "-h", "127.0.0.1", "-p", str(port), *login, *command],
            capture_output=True, text=True, check=False, timeout=PATIENCE)
        return (done.stdout + done.stderr).strip()

    def start_service(self, redis, wrapper=(), listen="tcp://127.0.0.1:*", more=""):
        # Without a ledger nothing is stopped: own lines would look like strangers.
        if not self.path("data").exists():
            self.path("ledger.csv").write_text(
                "line_id,number,customer_id\nL-1,+866315550001,C-1\n")
            self.program("line", "import", "ledger.csv", "--data", "data")
        config = self.path("ringfence.toml")
        config.write_text(CONFIG.format(data=self.path("data"), redis=redis, listen=listen,
                                        input=more, threshold=THRESHOLD))
        service = self.start("service", [*wrapper, BINARY[0], "run", "--config", config])
        self.endpoint = self.wait(
            lambda: self.status()["state"] == "running" and self.status()["endpoint"],
            "the service", [service])
        return service

    def status(self):
        return json.loads(self.path("data/status.json").read_text())

    def program(self, *arguments, code=0):
        done = subprocess.run([BINARY[0], *map(str, arguments)], cwd=self.folder, text=True,
                              capture_output=True, check=False, timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def send(self, name, text):
        self.path(name).write_text(text)
        self.program("send", name, "--to", self.endpoint, "--source", "test")

    def actions(self, state):
        return [json.loads(line) for line in self.program(
            "action", "list", "--state", state, "--data", "data", "--output", "json").splitlines()]

    def stop_a_caller(self, number):
        """Sends more calls than allowed and waits until the action was carried out."""
        self.send(f"{number}.csv", calls(number, THRESHOLD + 1, number[-4:]))
        self.wait(lambda: any(a["number"] == number for a in self.actions("confirmed")),
                  f"an action against {number}")


def main():
    BINARY[0] = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__")
