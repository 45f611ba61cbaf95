"""Makes mutants of a C++ file: copies that differ in one decision."""

import dataclasses
import re

# One token for another. clang-format puts spaces around comparisons, so that none is a template's.
SWAPS = {
    r" == ": [" != "],
    r" != ": [" == "],
    r" < ": [" <= ", " > "],
    r" > ": [" >= ", " < "],
    r" \|\| ": [" && "],
    r" && ": [" || "],
    r" - ": [" + "],
    r"(?<=[(\s])!(?=\w)": [""],
    r"(?<= )-(?=\w)": [""],
    r"(?<= )0(?=[;) ])": ["1"],
}
_CONSTANT = re.compile(r"\b([A-Z]\w+)::(k[A-Z]\w+)\b")
# A guard: an if with a return on its line or in its braces, which close at its own indent.
_GUARD = re.compile(
    r"^(?P<indent> *)if \([^;{]*?\) (?:return\b[^;]*;|{\n(?:(?P=indent) .*\n)+(?P=indent)})\n",
    re.MULTILINE,
)
_CASE = re.compile(r"^ *case [\w:]+:\n *(?:return\b[^;]*|break);\n", re.MULTILINE)
_OPERATOR = re.compile(r" (\|\||&&) ")


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change: the line, what stood there, what stands there now, and the whole new text."""

    line: int
    before: str
    after: str
    text: str

    def __str__(self):
        return f"line {self.line}: {_brief(self.before)} -> {_brief(self.after)}"


def _brief(text):
    return f"'{' '.join(text.split())}'" if text.strip() else "nothing"


def _mutant(text, start, end, after):
    line = text.count("\n", 0, start) + 1
    return Mutant(line, text[start:end], after, text[:start] + after + text[end:])


def _swapped(text):
    for pattern, replacements in SWAPS.items():
        for match in re.finditer(pattern, text):
            yield from (_mutant(text, *match.span(), after) for after in replacements)


def _other_constants(text):
    """Every enumerator replaced by the next one of its kind that the file names."""
    kinds = {}
    for kind, name in _CONSTANT.findall(text):
        if name not in kinds.setdefault(kind, []):
            kinds[kind].append(name)
    for match in _CONSTANT.finditer(text):
        names = kinds[match.group(1)]
        other = names[(names.index(match.group(2)) + 1) % len(names)]
        is_label = text[: match.start()].endswith("case ")  # the same label twice does not compile
        if other != match.group(2) and not is_label:
            yield _mutant(text, *match.span(2), other)


def _without_branches(text):
    """Every guard and every case of a switch left out."""
    for pattern in (_GUARD, _CASE):
        for match in pattern.finditer(text):
            yield _mutant(text, *match.span(), "")


def _without_operands(text):
    """Every `a || b` and `a && b` without its right side, and without its left."""
    for match in _OPERATOR.finditer(text):
        depth, end = 0, match.end()
        while depth or text[end] not in "),;":
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield _mutant(text, match.start(), end, "")
        start = text.rindex("if (", 0, match.start()) + len("if (")
        yield _mutant(text, start, match.end(), "")


def mutants_of(text):
    """All mutants of a source, each text once."""
    makers = (_swapped, _other_constants, _without_branches, _without_operands)
    found = {mutant.text: mutant for maker in makers for mutant in maker(text)}
    return sorted(found.values(), key=lambda mutant: mutant.line)
