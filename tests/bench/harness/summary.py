"""What is said of figures, and of the machine that they were measured on."""

import json
import os
import pathlib
import re
import statistics


def summary(values):
    """A median with its spread."""
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "runs": len(values),
    }


def machine():
    cpus = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpus, re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = model.group(1).strip() if model else os.uname().machine
    return f"{os.cpu_count()} x {name}, {memory:.0f} GB, Linux {os.uname().release.split('-')[0]}"


def number(value):
    """Three digits or more, with thousands marked."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def write_json(path, what):
    pathlib.Path(path).write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")
