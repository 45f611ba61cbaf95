#!/usr/bin/env python3
"""tools/systemd/ringfence.service: how strict it is, and that the service works within it."""

import os
import pathlib
import re
import subprocess
import sys

import sandbox
import service_world
from service_world import ROOT

UNIT = ROOT / "tools/systemd/ringfence.service"
MOST_EXPOSED = 2.0
CALLER = "+12125550101"


class Systemd(service_world.WorldTest):
    def test_exposure_is_low(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT],
                              capture_output=True, text=True, check=False)
        level = re.search(r"Overall exposure level for ringfence.service: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(level, done.stdout + done.stderr)
        self.assertLessEqual(float(level[1]), MOST_EXPOSED)

    def test_unit_is_understood(self):
        unit = UNIT.read_text().replace("/usr/bin/ringfence", "/bin/true")
        self.path("ringfence.service").write_text(unit)
        done = subprocess.run(["systemd-analyze", "verify", self.path("ringfence.service")],
                              capture_output=True, text=True, check=False)
        lines = [line for line in done.stderr.splitlines() if "ringfence.service" in line]
        self.assertEqual((done.returncode, lines), (0, []), done.stderr)

    def test_service_works_under_its_system_calls(self):
        # LeakSanitizer looks through ptrace, which the unit refuses.
        leaks = "ASAN_OPTIONS=" + os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        sandboxed = [sys.executable, ROOT / "tests/integration/sandbox.py", UNIT]
        wrapper = ["env", leaks, *sandboxed]
        service = self.start_service("embedded", wrapper=wrapper)
        state = pathlib.Path(f"/proc/{service.process.pid}/status").read_text()
        self.assertRegex(state, r"Seccomp:\s+2")
        self.assertRegex(state, r"NoNewPrivs:\s+1")
        environment = pathlib.Path(f"/proc/{service.process.pid}/environ").read_text()
        self.assertIn("GLIBC_TUNABLES=glibc.malloc.hugetlb=1", environment.split("\0"))
        # redis-server was started, the call records travelled, the action took effect.
        self.stop_a_caller(CALLER)
        self.assertEqual(service.stop(), 0, service.output())
        self.assertNotIn("can't", service.output())

    def test_sandbox_refuses_what_the_unit_refuses(self):
        tries = ("import mmap, socket\n"
                 "for name, what in (('packets', lambda: socket.socket(17, 3, 0)),\n"
                 "                   ('written code', lambda: mmap.mmap(-1, 4096, prot=7))):\n"
                 "    try: what()\n"
                 "    except OSError as error: print(name, error.errno)\n")
        command = [sys.executable, ROOT / "tests/integration/sandbox.py", UNIT, sys.executable]
        done = subprocess.run([*command, "-c", tries], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout.splitlines(), ["packets 97", "written code 1"], done.stderr)

    def test_service_can_leave_no_core(self):
        service = self.start_service("embedded")
        limits = pathlib.Path(f"/proc/{service.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size\s+0\s+0")
        files = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits)
        self.assertEqual(files[1], files[2], "the soft limit is the hard one")

    def test_filter_of_the_unit_leaves_no_privileged_call(self):
        names = sandbox.allowed_syscalls(sandbox.settings(UNIT)["SystemCallFilter"])
        self.assertTrue({"mount", "ptrace", "bpf", "setuid", "chroot",
                         "setpriority", "init_module"}.isdisjoint(names))
        self.assertTrue({"clone", "execve", "pidfd_open", "fdatasync", "prlimit64"} <= names)


if __name__ == "__main__":
    service_world.main()
