"""Tests of the shim and of the power cut: do they do to a program what they say?"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

import power
from io_faults import MODES, Shim, build_shim, choose

# A small program with a mistake or without one; {0} is its folder.
WRITES = """
import os
def Say(text):
    os.write(1, (text + "\\n").encode())
folder = os.open("{0}", os.O_RDONLY)
file = os.open("{0}/journal", os.O_CREAT | os.O_RDWR, 0o600)
os.write(file, b"a" * 1000)
os.fsync(file)
os.fsync(folder)
Say("durable")
os.write(file, b"b" * 1000)
os.rename("{0}/journal", "{0}/renamed")
Say("not durable")
"""


class Machine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = build_shim(cls.enterClassContext(tempfile.TemporaryDirectory()))

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.data.mkdir()
        (self.data / "old").write_text("old")
        self.base = power.Base(self.data, self.folder / "base")

    def run_program(self, mode="none", at=0, text=WRITES):
        self.shim = Shim(self.library, self.folder, self.data, mode, at, shadow=True)
        self.shim.environment["RF_SHIM_PROGRAM"] = os.path.basename(sys.executable)
        return subprocess.run(
            [sys.executable, "-c", text.format(self.data)],
            env={**os.environ, **self.shim.environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def left(self):
        return {path.name: path.read_bytes() for path in self.data.iterdir()}


class FaultShim(Machine):
    def test_changes_are_counted_and_left_alone_without_a_fault(self):
        result = self.run_program()
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertEqual((6, False), self.shim.read()[:2])
        self.assertEqual(2000, len(self.left()["renamed"]))

    def test_what_is_not_in_the_folder_is_not_counted(self):
        self.run_program(text="import os; os.mkfifo('{0}-other'); os.unlink('{0}-other')")
        self.assertEqual(0, self.shim.read()[0])

    def test_failures_have_the_error_that_was_asked_for(self):
        for mode, words in (("eio", "Input/output error"), ("enospc", "No space left")):
            with self.subTest(mode):
                result = self.run_program(mode, 3)
                self.assertIn(words, result.stderr)
                self.assertEqual((True, "fsync /journal"), self.shim.read()[1:])
                self.setUp()

    def test_short_write_writes_a_half(self):
        self.run_program("short", 2)
        self.assertEqual(1500, len(self.left()["renamed"]))

    def test_kill_before_and_after_the_call(self):
        self.assertEqual(-9, self.run_program("kill-before", 2).returncode)
        self.assertEqual(b"", self.left()["journal"])
        self.setUp()
        self.assertEqual(-9, self.run_program("kill-after", 2).returncode)
        self.assertEqual(1000, len(self.left()["journal"]))

    def test_fault_past_the_last_change_never_fires(self):
        self.assertEqual(0, self.run_program("eio", 7).returncode)
        self.assertFalse(self.shim.read()[1])


class PowerCut(Machine):
    def cut(self, rng=None):
        power.cut(self.data, self.base, self.shim.shadow, rng)
        return self.left()

    def test_what_was_synced_is_left_and_nothing_else(self):
        self.assertIn("not durable", self.run_program().stdout)
        self.assertEqual({"old": b"old", "journal": b"a" * 1000}, self.cut())

    def test_file_whose_folder_was_not_synced_is_gone(self):
        self.assertEqual(-9, self.run_program("kill-after", 3).returncode)
        self.assertEqual({"old": b"old"}, self.cut())

    def test_acknowledgement_before_the_sync_is_found_out(self):
        broken = WRITES.replace("os.fsync(file)\nos.fsync(folder)", "os.fsync(folder)")
        self.assertIn("durable", self.run_program(text=broken).stdout)
        self.assertEqual(b"", self.cut()["journal"])

    def test_torn_sectors_are_old_or_new_never_else(self):
        old, new = b"o" * 2048, b"n" * 3000
        seen = set()
        for seed in range(50):
            left = power.torn(old, new, random.Random(seed))
            self.assertIn(len(left), (2048, 3000))
            seen |= {left[start : start + 512] for start in range(0, 2048, 512)}
        self.assertEqual({b"o" * 512, b"n" * 512}, seen)

    def test_synced_bytes_are_never_torn(self):
        self.assertEqual(b"s" * 700, power.torn(b"s" * 700, b"s" * 700, random.Random(1)))


class Points(unittest.TestCase):
    def test_all_means_every_change_in_every_mode(self):
        self.assertEqual(10 * len(MODES), len(choose(10, "all", random.Random(1))))

    def test_sample_holds_every_mode(self):
        chosen = choose(500, "60", random.Random(1))
        self.assertEqual(set(MODES), {mode for mode, _ in chosen})
        self.assertLessEqual(len(chosen), 60)


if __name__ == "__main__":
    unittest.main()
