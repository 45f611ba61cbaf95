"""Rules that keep the documents true: links, the two READMEs, the commands they show."""

import re

from source import Finding, line_of

MODULES = (
    "ingest",
    "ingest/json",
    "ingest/model",
    "ingest/text",
    "detector",
    "whitelist",
    "blocker",
    "tools",
    "tests",
)
READMES = ("README.md", "README.zh-CN.md")
_TARGET = re.compile(r"^(?:ringfence_module|add_executable)\(", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~)[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]\n]*\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_COMMAND = re.compile(r"(?:^|[\s`;|&(/])ringfence[ \t]+([a-z][a-z-]*)")


def _prose(text):
    """The text with its code blanked, so that lines stay."""
    text = _FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    return re.sub(r"`[^`\n]*`", lambda m: " " * len(m.group()), text)


def modules_have_a_readme(tree):
    """Every module, and every folder with a target of its own, states its promise in a README."""
    folders = {module for module in MODULES if any(source.folder == module for source in tree)}
    for source in tree:
        if source.name == "CMakeLists.txt" and _TARGET.search(source.text):
            folders.add(source.folder)
    return [
        Finding(folder, 0, f"no {folder}/README.md")
        for folder in sorted(folders)
        if not tree.get(f"{folder}/README.md")
    ]


def links_resolve(tree):
    """A relative link in a document leads to a file of the repository."""
    findings = []
    for source in tree:
        if source.suffix != ".md":
            continue
        prose = _prose(source.text)
        for match in _LINK.finditer(prose):
            target = match.group(1).split("#")[0]
            if not target or re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            base = "" if target.startswith("/") else source.folder
            if not tree.exists(f"{base}/{target}".lstrip("/")):
                line = line_of(prose, match.start())
                findings.append(Finding(source.path, line, f"the link {target} leads nowhere"))
    return findings


def _headings(source):
    return [len(m.group(1)) for m in re.finditer(r"^(#+) ", _prose(source.text), re.MULTILINE)]


def _commands(source):
    """The lines of all code blocks without comments: what a reader would type or see."""
    lines = [line for m in _FENCE.finditer(source.text) for line in m.group(2).splitlines()]
    bare = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
    return [line for line in bare if line and line.isascii()]


def readmes_agree(tree):
    """README.md and README.zh-CN.md have the same headings' levels and the same commands."""
    english, chinese = (tree.get(name) for name in READMES)
    if not english or not chinese:
        return []
    findings = []
    if _headings(english) != _headings(chinese):
        findings.append(Finding(READMES[1], 0, f"levels of headings differ from {READMES[0]}"))
    for one, other in ((english, chinese), (chinese, english)):
        findings += [
            Finding(other.path, 0, f"lacks a line of code of {one.path}: {command}")
            for command in _commands(one)
            if command not in _commands(other)
        ]
    return findings


def _code(source):
    """[(line, text)] of code blocks and inline code."""
    spans = list(re.finditer(r"`[^`\n]+`", source.text)) + list(_FENCE.finditer(source.text))
    return [(line_of(source.text, m.start()), m.group()) for m in spans]


def documented_commands_exist(tree):
    """Every tools/... path and every `ringfence <subcommand>` that a document shows is there."""
    program = [s for s in tree.cpp("tools/ringfence")]
    words = {m.group(1) for s in program for m in re.finditer(r'"([a-z][a-z-]*)', s.text)}
    findings = []
    for source in tree:
        if source.suffix != ".md":
            continue
        for line, text in _code(source):
            for path in re.findall(r"(?<![\w/.-])(?:\./)?(tools/[\w./-]*\w)", text):
                if not tree.exists(path):
                    findings.append(Finding(source.path, line, f"{path} does not exist"))
            for command in _COMMAND.findall(text) if program else []:
                if command not in words:
                    message = f"no subcommand: ringfence {command}"
                    findings.append(Finding(source.path, line, message))
    return findings


RULES = [modules_have_a_readme, links_resolve, readmes_agree, documented_commands_exist]
