"""The system that switches lines: the reference receiver of tools/actuator, as a process.

Its state outlives a kill -9, and it tells what it switched: each row is an effect in the world.
"""

import contextlib
import pathlib
import sqlite3
import subprocess

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "tools/actuator/actuator.py"


class Receiver:
    """Listens on a unix socket in `folder`. Start it, kill it, start it again."""

    def __init__(self, folder):
        self._folder = pathlib.Path(folder)
        self._state = self._folder / "lines.db"
        self.address = f"ipc://{self._folder / 'lines.sock'}"
        self.process = None

    def start(self):
        with open(self._folder / "receiver.log", "ab") as log:
            command = [PROGRAM, "--state", self._state, "--zmq", self.address]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self):
        """As power does; nothing when it does not run."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def effects(self):
        """[(action id, number, 'suspend' | 'block' | 'restore' | 'expire')], oldest first."""
        if not self._state.exists():
            return []
        uri = f"file:{self._state}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=60)) as lines:
            return lines.execute("SELECT id, number, change FROM effect ORDER BY seq").fetchall()
