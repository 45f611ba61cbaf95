"""The processes of a round: service, Redis, senders, receiver. Each is known by its pid."""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import observed
from receiver import Receiver
from redis_client import Redis, RedisError
from relay import Relay
from scenario import THRESHOLD, WINDOW

# As systemd would: at once. A program that ends so often by itself is broken.
MOST_ENDS = 20

CONFIG = """
[service]
data = "{data}"
disarm_after_crashes = 1000
[input]
listen = "ipc://{back}"
{curve}
[delivery]
zmq = "{receiver}"
timeout = "1s"
[detector]
lateness = "24h"
[rule.line-frequency]
mode = "enforce"
window = "{window}"
threshold = {threshold}
warning_percent = 100
[rule.line-total]
enabled = false
[rule.customer-total]
enabled = false
[breaker]
per_minute = 100000
per_day = 1000000
per_customer_per_day = 1000000
[redis]
verify_every = "1s"
[actions]
max_evidence_age = "87600h"
"""


# Keys that make what is rare in operation happen often; those that the program knows are set.
OFTEN = {
    ("snapshot", "every"): '"1s"',
    ("journal", "segment_mib"): "1",
}


@dataclasses.dataclass(frozen=True)
class End:
    """A process that ended without having been killed by the suite."""

    name: str
    code: int  # below zero: the signal
    log: str

    def __str__(self):
        return f"{self.name} ended by itself ({self.code}): {self.log.strip()[-300:]}"


class Failed(Exception):
    """The round can't be judged, or the program does not do its work."""


class World:
    """One data folder with everything that works on it; with `curve`, senders must have keys."""

    def __init__(
        self, program, folder, scenario, bytes_per_second=6_000_000, template=None, curve=False
    ):
        self.program, self.scenario = str(program), scenario
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.environment = {}  # of the service alone
        self.before_restart = lambda: None  # called when the service ended by itself
        self.kills = {}  # component → count
        self.ends = []  # what ended by itself
        self._front, back = self.folder / "front", self.folder / "back"
        self.service = None
        self.senders = {}  # source → process
        self.done = set()  # sources that are durable
        self.folder.mkdir(parents=True, exist_ok=True)
        self.receiver = Receiver(self.folder)
        self.curve = curve
        text = CONFIG.format(
            data=self.data,
            back=back,
            curve=self._keys() if curve else "",
            receiver=self.receiver.address,
            window=WINDOW,
            threshold=THRESHOLD,
        )
        text += self._often()
        (self.folder / "ringfence.toml").write_text(text, encoding="utf-8")
        if template is not None:
            shutil.copytree(template, self.data)
        else:
            self._run("line", "import", scenario.ledger, "--data", self.data)
            self._run("whitelist", "import", scenario.whitelist, "--data", self.data)
        self.relay = Relay(str(self._front), str(back), bytes_per_second)

    # --- processes

    def _run(self, *words):
        command = [self.program, *map(str, words)]
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if result.returncode:
            raise Failed(f"{' '.join(command)}: {result.stderr.strip()}")
        return result.stdout

    def _keys(self):
        """Makes everybody's; the lines of the configuration that demand them."""
        allow = self.folder / "allow"
        self._run("keys", "new", "service", "--dir", self.folder)
        for source in range(len(self.scenario.sources)):
            name = f"msc-{source}"
            self._run("keys", "new", name, "--dir", self.folder)
            self._run("keys", "allow", name, self.folder / f"{name}.pub", "--list", allow)
        return f'curve_secret = "{self.folder / "service.key"}"\ncurve_allow = "{allow}"'

    def _often(self):
        known = self._run("config", "dump")
        text = ""
        for (section, key), value in OFTEN.items():
            table = re.search(rf"^\[{section}\]\n((?:(?!\[).*\n)*)", known, re.MULTILINE)
            if table and re.search(rf"^{key} = ", table[1], re.MULTILINE):
                text += f"[{section}]\n{key} = {value}\n"
        return text

    def _start(self, name, words, environment=None):
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(
                [self.program, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
            )

    def start_service(self):
        """With the receiver, the first time."""
        if self.receiver.process is None:
            self.receiver.start()
        words = ("run", "--config", self.folder / "ringfence.toml")
        self.service = self._start("service", words, self.environment)

    def start_sender(self, source):
        files = self.scenario.sources[source]
        words = ["send", *files, "--to", f"ipc://{self._front}", "--source", f"msc-{source}"]
        if self.curve:
            words += ["--curve-secret", self.folder / f"msc-{source}.key"]
            words += ["--server-key", self.folder / "service.pub"]
        self.senders[source] = self._start(
            f"sender-{source}", [*words, "--give-up-after", "60", "--output", "json"]
        )

    def tend(self):
        """Takes note of what has ended, and starts again what has not done its work."""
        if self.service.poll() is not None:
            self._ended("service", self.service.returncode)
            self.before_restart()
            self.start_service()
        if self.receiver.process.poll() is not None:
            self._ended("receiver", self.receiver.process.returncode)
            self.receiver.start()
        for source, process in list(self.senders.items()):
            if source in self.done or process.poll() is None:
                continue
            if process.returncode == 0:
                self.done.add(source)
            else:
                self._ended(f"sender-{source}", process.returncode)
                self.start_sender(source)

    def _ended(self, name, code):
        log = (self.folder / f"{name}.log").read_text(errors="replace")
        self.ends.append(End(name, code, log))
        if len(self.ends) > MOST_ENDS:
            raise Failed("; ".join(map(str, self.ends[-2:])))

    def await_(self, holds, seconds, what):
        """Until `holds`, while everything is tended; Failed after so many seconds."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {seconds} s")
            self.tend()
            self.relay.wait(self.relay.forwarded + 1, 0.02)

    # --- faults

    def _note(self, component):
        self.kills[component] = self.kills.get(component, 0) + 1

    def kill_service(self):
        self.service.kill()
        self.service.wait()
        self._note("service")
        self.start_service()

    def kill_receiver(self):
        self.receiver.kill()
        self._note("receiver")
        self.receiver.start()

    def kill_sender(self, source):
        if source in self.done or self.senders[source].poll() is not None:
            return False
        self.senders[source].kill()
        self.senders[source].wait()
        self._note("sender")
        self.start_sender(source)
        return True

    @property
    def redis_socket(self):
        return self.data / "redis" / "redis.sock"

    def redis_pid(self):
        """Of the server in this data folder, if it is the service's child and lives."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.data / "redis" / "redis.pid").read_text())
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            parent = int(re.search(r"^PPid:\s*(\d+)", status, re.MULTILINE)[1])
            name = re.search(r"^Name:\s*(\S+)", status)[1]
            if parent == self.service.pid and name.startswith("redis"):
                return pid
        return None

    def signal_redis(self, number):
        pid = self.redis_pid()
        if pid is None:
            return False
        os.kill(pid, number)
        if number == signal.SIGKILL:
            self._note("redis")
        return True

    def await_redis_gone(self):
        """The server ends when its service does, soon after it."""
        path = self.data / "redis" / "redis.lock"
        if not path.exists():  # the service ended before it had one
            return
        deadline = time.monotonic() + 20
        with open(path, "ab") as lock:
            while time.monotonic() < deadline:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                self.relay.wait(self.relay.forwarded + 1, 0.02)
        raise Failed("redis-server outlives its service")

    def redis(self, *words):
        """The answer, or None when there is none."""
        try:
            with Redis(self.redis_socket) as redis:
                return redis(*words)
        except RedisError:
            return None

    # --- looking

    def protected_stopped(self):
        """Numbers that must never be touched and are, in the table or in the record."""
        table = observed.read_table(self.redis_socket) or {}
        stopped = {number for number, state in table.items() if state in observed.STOPPED}
        return (stopped | observed.touched(self.data)) & self.scenario.untouchable

    def ready(self):
        """Whether the service that runs now, not one before it, says that it works."""
        try:
            status = json.loads((self.data / "status.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return status["pid"] == self.service.pid and status["state"] == "running"

    def settle(self, done, quiet=30.0, most=240.0):
        """Until `done()`, or until nothing has changed for so long: pauses between tries double."""
        last, since, end = None, time.monotonic(), time.monotonic() + most
        while time.monotonic() < end:
            self.tend()
            now = observed.progress(self.data)
            if done(now):
                return
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > quiet:
                return
            self.relay.wait(self.relay.forwarded + 1, 0.05)

    def stop(self):
        """Ends everything as a person would; returns what switches read until then."""
        # It may have been started again this very moment, and not know the signal yet.
        self.await_(self.ready, 120, "the service ready")
        table = observed.read_table(self.redis_socket)
        self.service.terminate()
        try:
            code = self.service.wait(60)
        except subprocess.TimeoutExpired:
            raise Failed("the service does not stop") from None
        if code:
            self._ended("service", code)
        return table

    def close(self):
        """Leaves no process behind."""
        for process in [self.service, *self.senders.values()]:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self.receiver.kill()
        self.relay.stop()
