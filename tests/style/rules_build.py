"""Rules on the build's files and on the layout that clang-format gives."""

import concurrent.futures
import os
import re
import shutil
import subprocess

from source import Finding, line_of

CLANG_FORMAT = "clang-format-14"


def _cmake_files(tree):
    return [s for s in tree if s.name == "CMakeLists.txt" or s.suffix == ".cmake"]


def _bare(source):
    return re.sub(r"#[^\n]*", "", source.text)


def sources_are_listed(tree):
    """Every .cc stands in a CMakeLists.txt of its folder or of one above: no dead files."""
    listed = set()
    for source in _cmake_files(tree):
        for name in re.findall(r"[\w./${}+-]+\.cc\b", _bare(source)):
            name = name.replace("${PROJECT_SOURCE_DIR}/", "/")
            path = name if name.startswith("/") else f"{source.folder}/{name}"
            listed.add(os.path.normpath(path.lstrip("/")))
    return [
        Finding(source.path, 0, "is in no CMakeLists.txt")
        for source in tree.cpp()
        if source.suffix == ".cc" and source.path not in listed
    ]


def sources_are_explicit(tree):
    """No file(GLOB): a file that is added or left over must show in the build's text."""
    return [
        Finding(source.path, line_of(_bare(source), match.start()), "file(GLOB ...)")
        for source in _cmake_files(tree)
        for match in re.finditer(r"(?i)file\s*\(\s*GLOB", _bare(source))
    ]


def _misformatted(root, paths):
    result = subprocess.run(
        [CLANG_FORMAT, "--dry-run", *paths], cwd=root, capture_output=True, text=True, check=False
    )
    warning = re.compile(r"^([^\s:]+):(\d+):\d+: warning: code should be", re.MULTILINE)
    places = warning.findall(result.stderr)
    if result.returncode and not places:
        places = [(paths[0], "0")]
    first = {}
    for path, line in places:
        first.setdefault(path, int(line))
    return [Finding(path, line, f"run {CLANG_FORMAT} -i {path}") for path, line in first.items()]


def layout_is_clang_formats(tree):
    """clang-format-14 has nothing to change."""
    if not shutil.which(CLANG_FORMAT):
        return [Finding(CLANG_FORMAT, 0, "is not installed: run tools/install-packages")]
    paths = [source.path for source in tree.cpp()]
    chunks = [paths[i : i + 40] for i in range(0, len(paths), 40)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda chunk: _misformatted(tree.root, chunk), chunks)
    return [finding for findings in found for finding in findings]


RULES = [sources_are_listed, sources_are_explicit, layout_is_clang_formats]
