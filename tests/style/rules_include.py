"""Rules on who may include whom: DESIGN.md's table of modules, enforced."""

import re

from source import Finding, in_folders

# Module → what it may include beside itself. A file belongs to the longest name that it lies in.
# An entry with a suffix is one header, together with what that header includes.
MAY_INCLUDE = {
    "ingest/model": [],
    "ingest/json": [],
    "ingest/text": ["ingest/model"],
    "ingest": ["ingest/json", "ingest/model", "ingest/text"],
    "detector/model": ["ingest/model"],
    "detector/features": ["ingest/model", "detector/model"],
    "detector/floods": ["ingest/model", "detector/model"],
    "detector": ["ingest/model", "detector/model", "detector/features", "detector/floods"],
    "whitelist": ["ingest/json", "ingest/model", "ingest/text"],
    "blocker": ["ingest/json", "ingest/model", "detector/model", "whitelist"],
    "blocker/delivery": [
        "ingest/json",
        "ingest/model",
        "blocker",
        "detector/model",
        "whitelist",
        "ingest/transport/curve_keys.h",
        "ingest/transport/endpoint.h",
        "ingest/transport/zmq_socket.h",
    ],
    "tools": [
        "ingest",
        "ingest/json",
        "ingest/model",
        "ingest/text",
        "detector",
        "detector/features",
        "detector/floods",
        "detector/model",
        "whitelist",
        "blocker",
        "blocker/delivery",
    ],
    "tests": [
        "ingest",
        "ingest/json",
        "ingest/model",
        "ingest/text",
        "detector",
        "detector/features",
        "detector/floods",
        "detector/model",
        "whitelist",
        "blocker",
        "blocker/delivery",
        "tools",
    ],
}

# Library → the only folders that may include it, so that it can be replaced in one place. A folder
# followed by "*.cc" may include it in its sources, not in its headers.
LIBRARY_USERS = {
    r"hiredis/": ["whitelist/redis"],
    r"sqlite3\.h": ["whitelist/store"],
    r"openssl/": ["whitelist/store", "blocker/delivery/*.cc"],
    # The tests of the transport play the broken peer.
    r"zmq(_addon)?\.hp?p?": ["ingest/transport", "ingest/client", "tests"],
    r"boost/": ["blocker/delivery/*.cc"],
    r"simdjson\.h": ["ingest/*.cc"],
    r"nlohmann/": ["ingest/json/*.cc"],
    r"toml(\+\+|plusplus)": ["tools", "tests"],
    r"CLI/": ["tools/terminal/*.cc", "tests"],
    r"spdlog/": ["tools", "tests"],
    r"iostream$": ["tools", "tests"],
}

# What Google's style writes with quotes though it comes from the system.
QUOTED_LIBRARIES = ("absl", "gtest", "gmock", "benchmark", "rapidcheck")


def module_of(path):
    names = [name for name in MAY_INCLUDE if in_folders(path, [name])]
    return max(names, key=len, default=None)


def _project_includes(tree, source):
    """[(line, path)] of the headers of the repository that a file includes."""
    return [(line, name) for line, name, quoted in source.includes if quoted and tree.get(name)]


def _closure(tree, path):
    seen, waiting = set(), [path]
    while waiting:
        source = tree.get(waiting.pop())
        if source and source.path not in seen:
            seen.add(source.path)
            waiting += [name for _, name in _project_includes(tree, source)]
    return seen


def includes_go_one_way(tree):
    """A module includes only what DESIGN.md's table lets it include."""
    findings = []
    for source in tree.cpp():
        module = module_of(source.path)
        if module is None:
            findings.append(Finding(source.path, 0, "C++ outside the modules of MAY_INCLUDE"))
            continue
        allowed = MAY_INCLUDE[module]
        headers = set().union(*(_closure(tree, name) for name in allowed if name.endswith(".h")))
        for line, name in _project_includes(tree, source):
            if module_of(name) != module and module_of(name) not in allowed and name not in headers:
                findings.append(Finding(source.path, line, f"{module} may not include {name}"))
    return findings


def includes_start_at_the_root(tree):
    """A quoted include is a path from the root of the repository, or of QUOTED_LIBRARIES."""
    return [
        Finding(source.path, line, f'"{name}" is no file from the root of the repository')
        for source in tree.cpp()
        for line, name, quoted in source.includes
        if quoted and not tree.get(name) and name.split("/")[0] not in QUOTED_LIBRARIES
    ]


def _strongly_connected(graph):
    """The sets of nodes of {node: successors} that reach each other, and themselves."""
    reach = {}
    for start in graph:
        seen, waiting = set(), list(graph[start])
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += graph.get(node, ())
        reach[start] = seen
    return {frozenset(b for b in reach[a] if a in reach.get(b, ())) for a in graph} - {frozenset()}


def files_form_no_cycle(tree):
    """No header includes itself over others."""
    graph = {s.path: {name for _, name in _project_includes(tree, s)} for s in tree.cpp()}
    return [
        Finding(min(cycle), 0, "include cycle of files: " + ", ".join(sorted(cycle)))
        for cycle in _strongly_connected(graph)
    ]


def folders_form_no_cycle(tree):
    """No two folders need each other."""
    graph = {}
    for source in tree.cpp():
        targets = graph.setdefault(source.folder, set())
        folders = {name.rsplit("/", 1)[0] for _, name in _project_includes(tree, source)}
        targets.update(folders - {source.folder})
    findings = []
    for cycle in _strongly_connected(graph):
        edges = [
            f"{source.path}:{line} includes {name}"
            for source in tree.cpp()
            if source.folder in cycle
            for line, name in _project_includes(tree, source)
            if name.rsplit("/", 1)[0] in cycle - {source.folder}
        ]
        message = f"folders in a cycle: {', '.join(sorted(cycle))}:"
        findings.append(Finding(min(cycle), 0, "\n    ".join([message, *edges])))
    return findings


def _may_use(path, users):
    for user in users:
        folder, _, sources_only = user.partition("/*")
        if in_folders(path, [folder]) and path.endswith(sources_only):
            return True
    return False


def libraries_stay_in_their_place(tree):
    """A third-party library is included only by the folders that wrap it."""
    return [
        Finding(source.path, line, f"<{name}> belongs to {', '.join(users)} alone")
        for source in tree.cpp()
        for line, name, _ in source.includes
        for library, users in LIBRARY_USERS.items()
        if re.match(library, name) and not _may_use(source.path, users)
    ]


RULES = [
    includes_go_one_way,
    includes_start_at_the_root,
    files_form_no_cycle,
    folders_form_no_cycle,
    libraries_stay_in_their_place,
]
