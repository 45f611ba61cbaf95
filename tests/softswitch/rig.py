"""A switch on the loopback interface: redis-server, Kamailio, SIPp, and ringfence beside them.

Everything lives in one temporary folder and on a loopback address of its own, and is stopped by
its process id.
"""

import json
import pathlib
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time

import sipp

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = ROOT / "tools" / "kamailio"
PROGRAMS = ("kamailio", "sipp", "redis-server", "redis-cli")
PATIENCE = 20  # seconds after which something that must come has not come


def missing_programs():
    return [name for name in PROGRAMS if not shutil.which(name)]


def wait_for(what, condition, process):
    """Returns the first true value of condition(); fails when `process` ends before."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about in {PATIENCE} s")
        try:
            code = process.wait(timeout=0.01)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"{what}: the process ended with {code}")


def free_port(host):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def answers_options(address):
    """Whether a SIP server there answers OPTIONS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.1)
        probe.bind((address[0], 0))
        host, port = probe.getsockname()
        request = (
            f"OPTIONS sip:{address[0]}:{address[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{port}{random.getrandbits(32)}\r\n"
            f"From: <sip:probe@{host}>;tag=1\r\nTo: <sip:probe@{host}>\r\n"
            f"Call-ID: probe-{random.getrandbits(32)}\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 10\r\nContent-Length: 0\r\n\r\n"
        )
        try:
            probe.sendto(request.encode(), address)
            return probe.recv(4096).startswith(b"SIP/2.0 200")
        except OSError:
            return False


def is_bound(address):
    number = socket.inet_aton(address[0])[::-1].hex().upper()
    wanted = f"{number}:{address[1]:04X}"
    return wanted in pathlib.Path("/proc/net/udp").read_text(encoding="ascii")


def stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Rig:
    """settings: more #!define lines for the switch, {name: value}; redis: whether it runs yet."""

    def __init__(self, ringfence, settings=None, redis=True):
        self.ringfence = ringfence
        # The path of a unix socket must be short.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rf-switch-", dir="/tmp"))
        self.socket = self.folder / "redis.sock"
        self.data = self.folder / "data"
        self.cdr = self.folder / "cdr"
        self._processes = {}
        self._calls = 0
        host = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
        self.address = (host, free_port(host))
        self.far = (host, free_port(host))
        try:
            if redis:
                self.start_redis()
            self._start_callee()
            self._start_kamailio(settings or {})
        except BaseException:
            self.close()
            raise

    def close(self):
        for process in reversed(list(self._processes.values())):
            stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- servers

    def start_redis(self):
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        with open(self.folder / "redis.log", "wb") as log:
            redis = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._processes["redis"] = redis
        wait_for("redis-server", lambda: self.redis("PING", check=False) == "PONG", redis)

    def stop_redis(self):
        stop(self._processes.pop("redis"))

    def redis_process(self):
        return self._processes["redis"]

    def _start_callee(self):
        self.callee = sipp.Callee(self.folder / "callee", self.far)
        self._processes["callee"] = self.callee.process
        wait_for("the callee", lambda: is_bound(self.far), self.callee.process)

    def _start_kamailio(self, settings):
        folder = self.folder / "kamailio"
        folder.mkdir()
        self.cdr.mkdir()
        for name in ("kamailio.cfg", "ringfence.cfg"):
            shutil.copy(CONFIG / name, folder)
        values = {
            "SIP_LISTEN": f"udp:{self.address[0]}:{self.address[1]}",
            "NEXT_HOP": f'"sip:{self.far[0]}:{self.far[1]}"',
            "RF_REDIS": f'"name=rf;unix={self.socket};db=0"',
            "RF_CDR_URL": f'"flatstore:{self.cdr}"',
            "RF_DISABLE_SECONDS": "1",
            **settings,
        }
        lines = [f"#!define {name} {value}\n" for name, value in values.items()]
        (folder / "settings.cfg").write_text("".join(lines), encoding="utf-8")
        (folder / "trunks.cfg").write_text(
            'route[TRUNK] {\n    if ($si =~ "^127[.]") $avp(rf_trunk) = "tg1";\n}\n',
            encoding="utf-8",
        )
        # -DD: in the foreground, with its workers; they end with it.
        command = ["kamailio", "-DD", "-E", "-m", "32", "-M", "8", "-Y", str(folder)]
        command += ["-w", str(folder), "-f", str(folder / "kamailio.cfg")]
        self.kamailio_log = self.folder / "kamailio.log"
        with open(self.kamailio_log, "wb") as log:
            # Kamailio looks for included files in the working directory first.
            kamailio = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._processes["kamailio"] = kamailio
        try:
            wait_for("Kamailio", lambda: answers_options(self.address), kamailio)
        except AssertionError as error:
            log = self.kamailio_log.read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"{error}\n{log[-4000:]}") from error

    # -- calls

    def dial(self, caller, called, **more):
        """Calls through the switch; the outcomes, one for each call."""
        self._calls += 1
        local = (self.address[0], free_port(self.address[0]))
        folder = self.folder / f"call-{self._calls}"
        return sipp.dial(sipp.Call(caller, called, **more), folder, local, self.address)

    def code(self, caller, called, **more):
        """The final response to one call."""
        return self.dial(caller, called, **more)[0].code

    # -- what came of it

    def redis(self, *command, check=True):
        done = subprocess.run(
            ["redis-cli", "-s", str(self.socket), *command],
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout.strip()

    def rows(self, count):
        """The `count` rows of the call records, as lists of their columns."""

        def read():
            texts = [path.read_text(encoding="utf-8") for path in self.cdr_files()]
            rows = [line.split("|") for text in texts for line in text.splitlines()]
            return rows if len(rows) >= count else None

        return wait_for(f"{count} call records", read, self._processes["kamailio"])

    def cdr_files(self):
        return sorted(self.cdr.glob("acc_cdrs_*.log"))

    def stream_dump(self, count):
        """The stream as docs/cdr-formats.md says to dump it, once it has `count` entries."""
        process = self._processes["kamailio"]
        wait_for("the stream", lambda: int(self.redis("XLEN", "cdr")) >= count, process)
        path = self.folder / "stream.tsv"
        command = f"redis-cli -s {self.socket} XRANGE cdr - + | paste - - - - - - - > {path}"
        subprocess.run(["bash", "-c", command], check=True)
        return path

    # -- ringfence

    def run(self, *arguments):
        """Runs the program; fails with what it said unless it ends well."""
        done = subprocess.run(
            [self.ringfence, *map(str, arguments)],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"ringfence {arguments} ended badly:\n{done.stdout}{done.stderr}")
        return done

    def objects(self, *arguments):
        """What a command prints as JSON lines."""
        return [json.loads(line) for line in self.run(*arguments).stdout.splitlines()]

    def own(self, number, line="LINE-1"):
        """Enters the number into the ledger, as a line of its own."""
        path = self.folder / "ledger.csv"
        path.write_text(f"line_id,number,customer_id\n{line},{number},C-1\n", encoding="utf-8")
        self.run("line", "import", path, "--data", self.data)

    def serve(self, threshold=3, expire_after="24h", files=()):
        """One round of the service over the call records: it decides, enforces, and ends."""
        names = ", ".join(f'"{path}"' for path in files)
        config = self.folder / "ringfence.toml"
        config.write_text(
            f'[service]\ndata = "{self.data}"\n'
            f'[input]\nfiles = [{names}]\nformat = "kamailio-flatstore"\n'
            f'[redis]\naddress = "unix:{self.socket}"\ntimeout = "2s"\n'
            f'[rule.line-frequency]\nmode = "enforce"\nthreshold = {threshold}\n'
            f'[actions]\nexpire_after = "{expire_after}"\n',
            encoding="utf-8",
        )
        return self.run("run", "--config", config, "--once")


def reconciliation(text):
    """The counts of ringfence's closing line: {"read": 301, "accepted": 301, ...}."""
    return {word: int(n.replace(",", "")) for word, n in re.findall(r"([a-z]+) ([\d,]+)", text)}
