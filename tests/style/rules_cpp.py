"""Rules on what C++ code may say."""

import ast
import re

from functions import functions
from source import Finding, in_folders, line_of

LIBRARIES = ("ingest", "detector", "whitelist", "blocker")
LONGEST_FUNCTION = 70

# Where a clock may be read outside tools/, each with its reason. Everything else takes `now` or a
# clock as an argument, so that a run can be repeated.
CLOCK_READERS = {
    "ingest/client/sender.h": "the default of a clock that is an option, for time-outs alone",
    "ingest/transport/receiver.h": "the default of a clock that is an option, for time-outs alone",
    "whitelist/redis/redis_whitelist.h": "the default of a clock that is an option, likewise",
    "tests/bench": "measures time",
    "tests/integration": "gives up on a server that does not answer",
}

_SPEAKS = {
    r"\bstd::(cout|cerr|clog|print|puts)\b": "prints",
    r"(?<![\w.>])(std::)?v?printf\s*\(": "prints",
    r"(?<![\w.>:])(std::)?put(s|char)\s*\(": "prints",
    r"\bstd(out|err)\b": "prints",
    r"(?<![\w.>:])(std::|::)?(exit|quick_exit|abort)\s*\(": "ends the program",
    r"\bstd::terminate\b": "ends the program",
    r"\bthrow\b": "throws; return absl::Status",
}
_CLOCKS = (
    r"\b(system|steady|high_resolution|utc|tai|file)_clock::now\b",
    r"\babsl::(Now|GetCurrentTimeNanos)\s*\(",
    r"(?<![\w.>])(std::|::)?time\s*\(\s*(NULL|nullptr|0|&\s*\w+)\s*\)",
    r"\b(gettimeofday|clock_gettime|timespec_get)\s*\(",
)
_CHANCE = (r"\brandom_device\b", r"(?<![\w.>:])(std::|::)?s?rand\s*\(", r"\babsl::BitGen\b")
_SLEEPS = (
    r"\bsleep_(for|until)\s*\(",
    r"\babsl::SleepFor\s*\(",
    r"(?<![\w.>:])(::)?(u|nano)?sleep\s*\(",
    r"\bclock_nanosleep\s*\(",
)


def _search(source, text, patterns, message):
    return [
        Finding(source.path, line_of(text, match.start()), message.format(match.group().strip()))
        for pattern in patterns
        for match in re.finditer(pattern, text)
    ]


def libraries_are_silent(tree):
    """A library returns a status: it never prints, ends the program or throws."""
    return [
        finding
        for source in tree.cpp(*LIBRARIES)
        for pattern, what in _SPEAKS.items()
        for finding in _search(source, source.code, [pattern], f"'{{}}' in a library {what}")
    ]


def clocks_are_arguments(tree):
    """Only tools/ reads a clock; everyone else is told what time it is."""
    message = "reads a clock: '{}'; take the time as an argument"
    return [
        finding
        for source in tree.cpp(*LIBRARIES, "tests")
        if not in_folders(source.path, CLOCK_READERS)
        for finding in _search(source, source.code, _CLOCKS, message)
    ]


def chance_is_an_argument(tree):
    """Only tools/ asks the machine for randomness; everyone else takes a seed."""
    message = "unseeded randomness: '{}'; take a seed as an argument"
    return [
        finding
        for source in tree.cpp(*LIBRARIES, "tests")
        for finding in _search(source, source.code, _CHANCE, message)
    ]


def tests_do_not_sleep(tree):
    """A test waits for an event, never for time to pass."""
    message = "a test sleeps: '{}'; wait for the event itself"
    findings = []
    for source in tree:
        if not in_folders(source.path, ["tests"]) or in_folders(source.path, ["tests/style"]):
            continue
        if source.is_cpp:
            findings += _search(source, source.code, _SLEEPS, message)
        elif source.is_python:
            findings += _search(source, source.text, [r"\btime\.sleep\s*\("], message)
        elif source.is_shell:
            findings += _search(source, source.text, [r"(?m)^\s*sleep\s+[\d.$]"], message)
    return findings


def headers_have_pragma_once(tree):
    """Every header starts its code with #pragma once."""
    return [
        Finding(source.path, 1, "no '#pragma once' before the first code")
        for source in tree.cpp()
        if source.suffix == ".h" and not source.code.lstrip().startswith("#pragma once")
    ]


def functions_are_short(tree):
    """No function has more than 70 lines, from its head to its closing brace."""
    findings = []
    for source in tree:
        if source.is_cpp:
            measured = [(f.name, f.first_line, f.length) for f in functions(source)]
        elif source.is_python:
            measured = _python_functions(source)
        else:
            continue
        findings += [
            Finding(source.path, line, f"{name} has {length} lines, more than {LONGEST_FUNCTION}")
            for name, line, length in measured
            if length > LONGEST_FUNCTION
        ]
    return findings


def _python_functions(source):
    return [
        (node.name, node.lineno, node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(source.text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


RULES = [
    libraries_are_silent,
    clocks_are_arguments,
    chance_is_an_argument,
    tests_do_not_sleep,
    headers_have_pragma_once,
    functions_are_short,
]
