#!/usr/bin/env python3
"""Runs a program under what a systemd unit allows it, where there is no systemd to ask.

    sandbox.py UNIT PROGRAM [ARGUMENT...]

Applied, as the unit says it: SystemCallFilter with SystemCallErrorNumber=EPERM,
RestrictAddressFamilies, RestrictRealtime, MemoryDenyWriteExecute and RestrictNamespaces as the
seccomp rules that systemd makes of them, NoNewPrivileges, an empty CapabilityBoundingSet,
LimitCORE, UMask and Environment. Not applied: what needs mounts or control groups
(ProtectSystem, IPAddressDeny, ...).
"""

import ctypes
import errno
import os
import pathlib
import resource
import subprocess
import sys

ALLOW = 0x7FFF0000
MASKED_EQ = 7
EQ = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
CLONE_NAMESPACES = 0x7E020080
PROT_WRITE_EXEC = 6
PROT_EXEC = 4
SHM_EXEC = 0o100000
ORDINARY_POLICIES = (0, 3, 5)  # SCHED_OTHER, SCHED_BATCH, SCHED_IDLE
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
MOST_FAMILIES = 64


class Compare(ctypes.Structure):
    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


def refuse(code):
    return 0x00050000 | code


def settings(path):
    """{name: [value, ...]} of a unit file, in order."""
    found = {}
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def syscalls_of(group):
    text = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    ).stdout
    names = set()
    for word in (line.strip() for line in text.splitlines()[1:]):
        if word.startswith("@"):
            names |= syscalls_of(word)
        elif word and not word.startswith("#"):
            names.add(word)
    return names


def allowed_syscalls(lines):
    """What SystemCallFilter= lines leave, by systemd's rules: the first one is an allow list."""
    names = syscalls_of("@default")
    for line in lines:
        group = set()
        for word in line.lstrip("~").split():
            group |= syscalls_of(word) if word.startswith("@") else {word}
        names = names - group if line.startswith("~") else names | group
    return names | syscalls_of("@default")


class Filter:
    def __init__(self):
        self.lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.seccomp_init(ctypes.c_uint32(refuse(errno.EPERM))))

    def add(self, name, *compare, action=ALLOW):
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # of another machine
        array = (Compare * len(compare))(*compare)
        done = self.lib.seccomp_rule_add_array(
            self.context, ctypes.c_uint32(action), number, len(compare), array
        )
        if done != 0:
            raise OSError(-done, f"seccomp rule for {name}")

    def load(self):
        done = self.lib.seccomp_load(self.context)
        if done != 0:
            raise OSError(-done, "seccomp_load")


def make_filter(unit):
    made = Filter()
    for name in sorted(allowed_syscalls(unit["SystemCallFilter"])):
        if name == "socket":
            allowed = {FAMILIES[word] for word in unit["RestrictAddressFamilies"][0].split()}
            for family in range(MOST_FAMILIES):
                action = ALLOW if family in allowed else refuse(errno.EAFNOSUPPORT)
                made.add(name, Compare(0, EQ, family, 0), action=action)
        elif name == "mmap":
            for protection in (0, 2, 4):
                made.add(name, Compare(2, MASKED_EQ, PROT_WRITE_EXEC, protection))
        elif name in ("mprotect", "pkey_mprotect"):
            made.add(name, Compare(2, MASKED_EQ, PROT_EXEC, 0))
        elif name == "shmat":
            made.add(name, Compare(2, MASKED_EQ, SHM_EXEC, 0))
        elif name == "sched_setscheduler":
            for policy in ORDINARY_POLICIES:
                made.add(name, Compare(1, EQ, policy, 0))
        elif name in ("clone", "unshare"):
            made.add(name, Compare(0, MASKED_EQ, CLONE_NAMESPACES, 0))
        elif name == "clone3":
            # Its flags can't be seen; systemd answers so, and libc takes clone.
            made.add(name, action=refuse(errno.ENOSYS))
        elif name != "setns":
            made.add(name)
    return made


def main(unit_path, program):
    unit = settings(unit_path)
    made = make_filter(unit)
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0 and unit["CapabilityBoundingSet"] == [""]:
        capability = 0
        while libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
            capability += 1
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    core = int(unit["LimitCORE"][0])
    resource.setrlimit(resource.RLIMIT_CORE, (core, core))
    os.umask(int(unit["UMask"][0], 8))
    os.environ.update(setting.split("=", 1) for setting in unit["Environment"])
    made.load()
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
