"""Configures and builds presets, and runs commands with their output kept in a log."""

import os
import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "test-logs"


class Failure(Exception):
    """A step that ended badly; str() is what to show."""


def jobs():
    return os.environ.get("JOBS") or str(os.cpu_count())


def run(command, log_name, env=None, timeout=3600):
    """Runs a command from the root; returns (exit code, output), and appends that to a log."""
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
        code, output = result.returncode, result.stdout
    except subprocess.TimeoutExpired as expired:
        code, output = 124, (expired.stdout or b"") + b"\ngave up after %d s\n" % timeout
    text = output.decode(errors="replace")
    with open(LOGS / f"{log_name}.log", "a", encoding="utf-8") as log:
        log.write(f"\n== {' '.join(map(str, command))}\n{text}")
    return code, text


def last_lines(text, count=40):
    """The end of an output; of a sanitizer's report the beginning, its end is a legend."""
    lines = text.rstrip().splitlines()
    reports = [i for i, line in enumerate(lines) if re.search(r"Sanitizer: |runtime error: ", line)]
    shown = lines[reports[0] : reports[0] + count] if reports else lines[-count:]
    return "\n".join("    " + line for line in shown)


def must(title, command, log_name):
    start = time.monotonic()
    code, output = run(command, log_name)
    if code:
        raise Failure(f"{title} failed ({code}):\n{last_lines(output)}")
    print(f"  {title:<44} {time.monotonic() - start:7.1f} s", flush=True)


def build(preset, *targets):
    """Configures and builds a preset; without targets, all of it."""
    must(f"configure {preset}", ["cmake", "--preset", preset], f"build-{preset}")
    what = " ".join(targets) or "all"
    command = ["ninja", "-C", f"build/{preset}", "-j", jobs(), *targets]
    must(f"build {preset}: {what}", command, f"build-{preset}")
