"""Programs that run beside the driver until they are stopped, each by its process id."""

import contextlib
import json
import pathlib
import subprocess
import time

PATIENCE = 120  # seconds for anything that has to happen


class Failure(Exception):
    """What must not be measured: a wrong answer, or a program that failed; str() says why."""


def run(*words, stdout=subprocess.PIPE, **more):
    """Runs a command to its end and returns what it printed."""
    command = list(map(str, words))
    done = subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, **more
    )
    if done.returncode:
        raise Failure(f"{command[0]} failed ({done.returncode}): {done.stderr[-2000:]}")
    return done.stdout


class Server:
    """A program whose output goes to `name`.log in `folder`. Leaving the context stops it."""

    def __init__(self, name, command, folder, **more):
        self.name = name
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_for(self, what, condition, patience=PATIENCE):
        """What the condition gives; looks again and again, but not at a program that has ended."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                result = condition()
                if result:
                    return result
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.005)
                said = self.log_path.read_text(errors="replace")[-2000:]
                raise Failure(f"{self.name} ended: {said}")
        raise Failure(f"gave up waiting for {what}")

    def memory_mb(self, key="VmRSS"):
        """VmHWM: the most that it ever had."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            kilobytes = next(line.split()[1] for line in status if line.startswith(f"{key}:"))
        return int(kilobytes) / 1024

    def stop(self, patience=PATIENCE):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(patience)

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)


class Turns:
    """A program that measures when it is told to (tests/bench/turns.h).

    `ready` is what it said when it had filled its tables and checked its answer.
    """

    def __init__(self, command):
        self.command = list(map(str, command))
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            self.ready = self._read()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def turn(self):
        """The figures of one turn."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        return self._read()

    def stop(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.kill()  # it may be deep in its work, and has nothing to lose
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{pathlib.Path(self.command[0]).name} ended: it says why above")
        return json.loads(line)
