"""Runs the built program as a user does, each test in a folder of its own."""

import json
import os
import pty
import subprocess
import sys
import tempfile
import unittest

HEADER = "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk"
# The path of the program; main() takes it from the command line.
BINARY = [""]


class Done:
    """A finished run."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]


class ProgramTest(unittest.TestCase):

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def calls(self, name, *rows):
        """A canonical CSV of (record id, calling number, second after ten o'clock)."""
        lines = [HEADER]
        for record_id, number, second in rows:
            lines.append(f"{record_id},{number},10086,2026-03-03T10:00:{second:02d}+08:00,,,16,TG")
        return self.write(name, "\n".join(lines) + "\n")

    def run_program(self, *arguments, code=0, standard_input=None):
        done = subprocess.run([BINARY[0], *arguments], cwd=self.folder, capture_output=True,
                              input=standard_input, check=False, timeout=120,
                              env=os.environ | {"RINGFENCE_DATA": "data"})
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_in_terminal(self, *arguments):
        """What a person sees: standard output and error on one terminal."""
        main, other = pty.openpty()
        with subprocess.Popen([BINARY[0], *arguments], cwd=self.folder, stdin=other, stdout=other,
                              stderr=other) as process:
            os.close(other)
            seen = b""
            while True:
                try:
                    piece = os.read(main, 65536)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                seen += piece
        os.close(main)
        self.assertEqual(process.returncode, 0, seen)
        return seen.decode()


def main():
    BINARY[0] = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__")
