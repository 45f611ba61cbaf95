"""The suite `tidy`: clang-tidy over every source, clang's warnings and thread-safety included.

The sources of a module are looked at together, in units that CMake makes: most of the time goes
into what they all include. A unit that was clean is looked at again only when one of its sources,
a header of the project that it reaches, or .clang-tidy has changed.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re

import build
from results import Counts

CHECKED = ("ingest", "detector", "whitelist", "blocker", "tools")
BUILD = build.ROOT / "build" / "tidy"
CACHE = BUILD / "clean.json"


def _text(path):
    return pathlib.Path(path).read_text(encoding="utf-8", errors="replace")


def _reached(path):
    """The file and the headers of the project that it includes, directly or not."""
    seen, waiting = set(), [path]
    while waiting:
        here = waiting.pop()
        if here in seen or not here.is_file():
            continue
        seen.add(here)
        waiting += [build.ROOT / name for name in re.findall(r'#include "([^"]+)"', _text(here))]
    return sorted(seen)


def _digest(entry):
    digest = hashlib.sha256(entry["command"].encode())
    for path in [build.ROOT / ".clang-tidy", *_reached(pathlib.Path(entry["file"]))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources():
    entries = json.loads(_text(BUILD / "compile_commands.json"))
    wanted = tuple(f"{root}/{folder}/" for root in (build.ROOT, BUILD) for folder in CHECKED)
    return [entry for entry in entries if entry["file"].startswith(wanted)]


def _check(entry):
    command = ["clang-tidy-14", "--quiet", "-p", str(BUILD), entry["file"]]
    name = os.path.relpath(entry["file"], build.ROOT)
    code, output = build.run(command, f"tidy-{name.replace('/', '-')}", timeout=300)
    if code:
        print(f"  FAILED {name}:\n{build.last_lines(output)}", flush=True)
    return code == 0


def _canary():
    """clang-tidy passes everything when it cannot read its configuration: show that it can fail."""
    file = build.ROOT / "build" / "canary.cc"
    file.write_text("int Broken(int x) { x == 1 ? 2 : 3; return x; }\nint mutable_global = 1;\n")
    command = ["clang-tidy-14", "--quiet", str(file), "--", "-std=c++20", "-Wno-everything"]
    code, output = build.run(command, "tidy-canary")
    if code and "[cppcoreguidelines-avoid-non-const-global-variables" in output:
        return Counts(passed=1)
    print(f"  FAILED: clang-tidy finds no mutable global:\n{build.last_lines(output)}", flush=True)
    return Counts(failed=1)


def suite(_):
    build.must("configure tidy", ["cmake", "--preset", "tidy"], "tidy")
    counts = _canary()
    clean = json.loads(_text(CACHE)) if CACHE.exists() else {}
    digests = {entry["file"]: _digest(entry) for entry in _sources()}
    changed = [entry for entry in _sources() if clean.get(entry["file"]) != digests[entry["file"]]]
    with concurrent.futures.ThreadPoolExecutor(int(build.jobs())) as pool:
        results = dict(zip((e["file"] for e in changed), pool.map(_check, changed)))
    ok = {name: digest for name, digest in digests.items() if results.get(name, True)}
    CACHE.write_text(json.dumps(ok), encoding="utf-8")
    counts.add(Counts(passed=len(ok), failed=len(digests) - len(ok)))
    return counts
