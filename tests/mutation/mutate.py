"""Do the unit tests notice when a decision of R0 is wrong?

For each mutant of the source (mutants.py) only that file is compiled, in a folder of its own, and
linked before the libraries, so that the source stays as it is; then the unit tests run. A mutant
that they do not notice is a survivor, and each survivor is a failure, unless EQUIVALENT says why no
test could tell. Run by `tools/test --suite mutation`; the build is build/debug.
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

from mutants import mutants_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "debug"
SOURCE = "blocker/authorise.cc"
TEST = "blocker_test"
# A mutant as the report prints it, without its line → why the program does the same.
EQUIVALENT = {
    "'case BreakerAnswer::kDay: break;' -> nothing": "what follows the switch is the case kDay",
}


def _compile_command(source, output):
    entries = json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8"))
    command = next(e["command"] for e in entries if e["file"] == str(ROOT / SOURCE))
    words = [word for word in shlex.split(command) if not word.endswith("ccache")]
    words[words.index("-o") + 1] = str(output)
    words[words.index("-c") + 1] = str(source)
    return [*words, "-w", "-O0", "-g0"]


def _link_command(mutant, output):
    """The link of the test, with the mutant before the libraries that would bring the original."""
    commands = subprocess.run(
        ["ninja", "-C", str(BUILD), "-t", "commands", TEST],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    words = shlex.split(next(c for c in reversed(commands) if " -o tests/" in c))
    words = [word for word in words if word not in (":", "&&")]
    out = words.index("-o")
    words[out + 1] = str(output)
    return [*words[: out + 2], str(mutant), *words[out + 2 :]]


def _run(command, timeout=300):
    try:
        return subprocess.run(
            command, cwd=BUILD, capture_output=True, text=True, check=False, timeout=timeout
        ).returncode
    except subprocess.TimeoutExpired:
        return 124


def fate(text):
    """What becomes of a version of the source: 'killed', 'survived' or 'does not compile'."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder, "mutant.cc"), pathlib.Path(folder, TEST)
        source.write_text(text, encoding="utf-8")
        if _run(_compile_command(source, source.with_suffix(".o"))):
            return "does not compile"
        if _run(_link_command(source.with_suffix(".o"), program)):
            raise SystemExit(f"{TEST} does not link with a mutant of {SOURCE}")
        return "killed" if _run([program, "--gtest_fail_fast", "--gtest_brief=1"]) else "survived"


def main():
    text = (ROOT / SOURCE).read_text(encoding="utf-8")
    if fate(text) != "survived":
        sys.exit(f"{TEST} fails, or cannot be built, with {SOURCE} as it is")
    mutants = [m for m in mutants_of(text) if str(m).split(": ", 1)[1] not in EQUIVALENT]
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", os.cpu_count()))) as pool:
        fates = list(pool.map(lambda mutant: fate(mutant.text), mutants))
    for mutant, end in zip(mutants, fates):
        if end != "killed":
            print(f"{SOURCE}: {end}: {mutant}")
    killed, survived = fates.count("killed"), fates.count("survived")
    print(f"{killed} passed, {survived} failed")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
