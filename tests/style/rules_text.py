"""Rules on the text of every file."""

import re

from source import Finding, in_folders, line_of

LONGEST_LINE = 100
# What people write by hand. Test data is left alone: broken input is what it is there for.
WRITTEN_SUFFIXES = {".h", ".cc", ".py", ".sh", ".cmake", ".md", ".toml", ".json", ".sql", ".yml"}
WRITTEN_NAMES = {"CMakeLists.txt", "packages.txt", ".clang-format", ".clang-tidy", ".gitignore"}
DATA_FOLDERS = ("tests/golden", "tests/data", "tests/fuzz/corpus")

_MACHINE_PATHS = r"(?<![\w.])/(?:[w]ork|[h]ome|[U]sers)/|/tmp/[w]t\b|(?<![\w.])/[r]oot/"
_REGISTRIES = (
    r"deb\.debian\.org|(?:test\.)?pypi\.org|pythonhosted\.org|registry\.(?:npmjs|yarnpkg)\.\w+"
    r"|npmmirror\.com|crates\.io|proxy\.golang\.org|ghcr\.io|docker\.io|quay\.io"
    r"|(?<![\w.])mirrors?\.[a-z0-9-]+\.[a-z]{2,}"
)

# Numbers in forms that could be dialled, and the made-up ranges that are allowed among them.
_PHONES = {
    # +86 / 0086 / 86 and a national number
    r"(?<![\w.])(?:\+86|0086)[ -]?((?:\d[ -]?){9,11})(?![\d.])": "china",
    # a mobile number without the country code
    r"(?<![\w.+/-])(1[3-9]\d{9})(?![\w.])": "china",
    # a landline with the trunk prefix and a dash
    r"(?<![\w.+-])0((?:10|2\d|[3-9]\d{2})-\d{7,8})(?![\w.-])": "china",
    # North America
    r"(?<![\w.])\+1[ -]?((?:\d[ -]?){10})(?![\d.])": "north america",
}
MADE_UP = {
    "china": [
        r"1[3-9]\d0000\d{4}",  # mobile, home location 0000: 138 0000 xxxx
        r"0?(?:10|2\d|[3-9]\d{2})555\d{4,5}",  # landline 555 xxxx or 555 xxxxx, trunk 0 too
        r"(?:10|2\d|[3-9]\d{2})0{4,}\d{0,4}",  # landline of zeros
        r"106\d{6,8}",  # ports that only send messages, nobody can be called there
        r"4001234567",  # a service number in its textbook form
        r"1\d{3}55501\d{2}",  # +86 put before a made-up number of North America
    ],
    "north america": [r"\d{3}55501\d{2}"],
}


def _is_written(source):
    named = source.suffix in WRITTEN_SUFFIXES or source.name in WRITTEN_NAMES
    return (named or source.text.startswith("#!")) and not in_folders(source.path, DATA_FOLDERS)


def lines_are_short(tree):
    """No line of code is longer than 100 characters."""
    return [
        Finding(source.path, number, f"{len(line)} characters, more than {LONGEST_LINE}")
        for source in tree
        if source.is_cpp or source.is_python or source.is_shell
        for number, line in enumerate(source.lines, 1)
        if len(line) > LONGEST_LINE
    ]


def _lines_with_data(source):
    """The lines of a document's code blocks: an example of a file may hold what the file holds."""
    inside, numbers = False, set()
    for number, line in enumerate(source.lines, 1):
        if source.suffix == ".md" and line.startswith("```"):
            inside = not inside
        elif inside:
            numbers.add(number)
    return numbers


def whitespace_is_clean(tree):
    """No tab, no space at a line's end, no CR, and one newline at the end of the file."""
    findings = []
    for source in filter(_is_written, tree):
        data = _lines_with_data(source)
        for number, line in enumerate(source.lines, 1):
            if "\t" in line and number not in data:
                findings.append(Finding(source.path, number, "a tab"))
            if line != line.rstrip():
                findings.append(Finding(source.path, number, "space at the end of the line"))
        if source.text and (not source.text.endswith("\n") or source.text.endswith("\n\n")):
            findings.append(Finding(source.path, len(source.lines), "not one newline at the end"))
    return findings


def _search(tree, pattern, message):
    return [
        Finding(source.path, line_of(source.text, match.start()), f"{message}: {match.group()}")
        for source in tree
        for match in re.finditer(pattern, source.text)
    ]


def no_machine_paths(tree):
    """Nothing names a folder of the machine that it was written on."""
    return _search(tree, _MACHINE_PATHS, "a path of one machine")


def no_registry_addresses(tree):
    """Packages come from the system's own configuration, never from an address written here."""
    return _search(tree, _REGISTRIES, "the address of a package registry")


def phone_numbers_are_made_up(tree):
    """Whoever reads the repository must not be able to call a person from it."""
    findings = []
    for source in tree:
        for pattern, country in _PHONES.items():
            for match in re.finditer(pattern, source.text):
                digits = re.sub(r"\D", "", match.group(1))
                if not any(re.fullmatch(allowed, digits) for allowed in MADE_UP[country]):
                    line = line_of(source.text, match.start())
                    message = f"{match.group().strip()} could be somebody's number; see MADE_UP"
                    findings.append(Finding(source.path, line, message))
    return findings


RULES = [
    lines_are_short,
    whitespace_is_clean,
    no_machine_paths,
    no_registry_addresses,
    phone_numbers_are_made_up,
]
