"""The suites of tools/test: what each builds, runs and counts."""

import concurrent.futures
import json
import re
import sys
import tempfile

import build
import coverage
import tidy
from build import Failure
from results import Counts, counts_of_program

# The checkers check themselves first.
OWN_TESTS = [
    "tests/style/test_rules.py",
    "tests/bench/test_bench.py",
    "tests/runner/test_coverage.py",
    "tests/runner/test_results.py",
    "tests/runner/test_suites.py",
    "tests/crash/test_crash.py",
    "tests/crash/test_power.py",
]
# Tests with these labels share real servers, or measure: one at a time.
ALONE = {"bench-smoke", "integration", "softswitch"}
ALL_POINTS_FROM = 200  # kills, from which on the suite crash lets every change of a file fail, too
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    # libzmq is not instrumented: its own threads would look like races.
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:ignore_noninstrumented_modules=1",
}


def _report(name, counts, code, output):
    """One line per program that failed, with what it said; silence for the others."""
    if code or counts.failed:
        print(f"  FAILED {name} ({code}):\n{build.last_lines(output)}", flush=True)


def _tests_of(preset, labels, only=None):
    """[(name, command, properties)] of a preset's ctest entries that carry one of the labels."""
    command = ["ctest", "--test-dir", f"build/{preset}", "--show-only=json-v1"]
    code, output = build.run([*command, "-L", f"^({'|'.join(labels)})$"], f"ctest-{preset}")
    if code:
        raise Failure(f"ctest failed ({code}):\n{build.last_lines(output)}")
    found = []
    for test in json.loads(output[output.index("{") :])["tests"]:
        if only and test["name"] != only:
            continue
        if "command" not in test:
            raise Failure(f"{test['name']} has not been built in build/{preset}")
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        found.append((test["name"], test["command"], properties))
    return found


def _each(jobs, run, tests):
    """What run(*test) returns for each, in their order; so many run at a time."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda test: run(*test), tests)


def ctest(preset, *labels, only=None):
    """Runs the tests with these labels, some at a time, those with one of ALONE by themselves."""
    tests = _tests_of(preset, labels, only)
    tests.sort(key=lambda test: -test[2].get("COST", 0))
    alone = [test for test in tests if ALONE.intersection(test[2].get("LABELS", []))]
    together = [test for test in tests if test not in alone]
    counts = Counts()
    for jobs, chosen in ((int(build.jobs()), together), (1, alone)):
        for name, code, output in _each(jobs, _run_test, [(preset, *test) for test in chosen]):
            result = counts_of_program(code, output)
            _report(name, result, code, output)
            counts.add(result)
    return counts


def _run_test(preset, name, command, properties):
    env = dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", []))
    folder = properties.get("WORKING_DIRECTORY", str(build.ROOT))
    command = ["env", "-C", folder, *command]
    timeout = properties.get("TIMEOUT", 600)
    return name, *build.run(command, f"{preset}-{name}", {**SANITIZERS, **env}, timeout)


def style(_):
    counts = Counts()
    for program in OWN_TESTS:
        code, output = build.run([sys.executable, program], "style")
        counts.add(counts_of_program(code, output))
        _report(program, counts, code, output)
    code, output = build.run([sys.executable, "tests/style/check.py"], "style")
    rules = counts_of_program(code, output)
    if rules.failed:
        print(output.rstrip(), flush=True)
    counts.add(rules)
    return counts


def in_release(label):
    def suite(_):
        build.build("release")
        return ctest("release", label)

    return suite


def softswitch(_):
    """Real calls through Kamailio; says so when they could not be made."""
    build.build("release", "ringfence")
    counts = ctest("release", "softswitch")
    if counts.skipped:
        print("  SKIPPED: kamailio or sipp is missing; run tools/install-packages softswitch")
    return counts


def sim(options):
    """The real service on a simulated machine; and broken versions of it, which must be noticed."""
    build.build("release", "service_sim", "ringfence")
    first = [] if options.seed is None else ["--first", str(options.seed)]
    commands = {
        "seeds": ["build/release/tests/sim/service_sim", "--seeds", str(options.seeds), *first],
        "broken": [sys.executable, "tests/crash/broken.py", "--by", "simulation"],
    }
    counts = Counts()
    for name, command in commands.items():
        code, output = build.run(command, f"sim-{name}", timeout=600 + options.seeds)
        result = counts_of_program(code, output)
        _report(f"sim {name}", result, code, output)
        counts.add(result)
    return counts


def crash(options):
    """kill -9 of everything under load; the n-th change of a file fails, in a small scenario."""
    build.build("release", "ringfence")
    program = "build/release/tools/ringfence/ringfence"
    points = "all" if options.kills >= ALL_POINTS_FROM else str(3 * options.kills)
    parts = {
        "broken": (["--by", "round"], 900),
        "kills": ([program, "--kills", str(options.kills)], 300 + 20 * options.kills),
        "io_faults": ([program, "--points", points], 4 * 3600),
    }
    counts = Counts()
    for name, (arguments, timeout) in parts.items():
        seed = [] if options.seed is None else ["--seed", str(options.seed)]
        command = [sys.executable, f"tests/crash/{name}.py", *arguments, *seed]
        code, output = build.run(command, f"crash-{name}", timeout=timeout)
        result = counts_of_program(code, output)
        _report(f"crash {name}", result, code, output)
        print(build.last_lines(output, 2), flush=True)
        counts.add(result)
    return counts


def asan(_):
    groups = ("unit_tests", "property_tests", "golden_tests", "fuzzers", "service_sim", "ringfence")
    build.build("asan", *groups)
    return ctest("asan", "unit", "property", "golden", "fuzz", "sim")


def asan_integration(_):
    build.build("asan", "integration_tests", "ringfence")
    return ctest("asan", "integration")


def tsan(_):
    build.build("tsan", "threads_tests")
    return ctest("tsan", "threads")


def fuzz(options):
    """The corpora, then new inputs, through libFuzzer for some seconds; asan replays them, too."""
    build.build("fuzz", "fuzzers")
    counts = Counts()
    tests = [(*test[:2], options.seconds) for test in _tests_of("fuzz", ["libfuzzer"])]
    for name, code, output in _each(int(build.jobs()), _fuzz_one, tests):
        runs = re.findall(r"Done (\d+) runs", output)
        if code or not runs or not int(runs[-1]):
            print(f"  FAILED {name} ({code}):\n{build.last_lines(output)}", flush=True)
            counts.add(Counts(failed=1))
        else:
            counts.add(Counts(passed=1))
    return counts


def _fuzz_one(name, command, seconds):
    findings = build.ROOT / "build" / "fuzz" / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    program, *corpus = command
    with tempfile.TemporaryDirectory() as fresh:
        limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048"]
        kept = f"-artifact_prefix={findings}/{name}-"
        command = [program, *limits, kept, fresh, *corpus]
        return name, *build.run(command, f"fuzz-{name}", SANITIZERS, timeout=seconds + 300)


def coverage_of_decisions(_):
    return coverage.suite(lambda: ctest("coverage", "unit", only=f"unit.{coverage.TEST}"))


def plain(_):
    """Every source by itself, without precompiled headers: each includes what it uses."""
    build.build("debug")
    return Counts(passed=1)


def mutation(_):
    """Wrong versions of the decision to act: the unit tests must notice each."""
    build.build("debug", "blocker_test")
    code, output = build.run([sys.executable, "tests/mutation/mutate.py"], "mutation")
    print(build.last_lines(output), flush=True)
    return counts_of_program(code, output)


# In the order in which they run: what fails fastest comes first.
SUITES = {
    "style": style,
    "unit": in_release("unit"),
    "property": in_release("property"),
    "golden": in_release("golden"),
    "integration": in_release("integration"),
    "softswitch": softswitch,
    "sim": sim,
    "crash": crash,
    "bench-smoke": in_release("bench-smoke"),
    "fuzz": fuzz,
    "tidy": tidy.suite,
    "tsan": tsan,
    "asan": asan,
    "coverage": coverage_of_decisions,
    "asan-integration": asan_integration,
    "plain": plain,
    "mutation": mutation,
}
# Too long for every change. Mutants can only start to survive when the decision or its tests
# change; integration tests run in the release build and, with threads, under ThreadSanitizer; what
# a source forgot to include its unit has.
ON_REQUEST = ("asan-integration", "plain", "mutation")
DEFAULT = [name for name in SUITES if name not in ON_REQUEST]
