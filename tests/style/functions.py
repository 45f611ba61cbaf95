"""Finds the functions of a C++ file by its braces, well enough to measure their length."""

import dataclasses
import re

from source import line_of

_CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
_LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(<[^{}]*>\s*)?(\(.*\))?[^()=]*$", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Function:
    """First line of the head to the line of the closing brace, both included."""

    name: str
    first_line: int
    last_line: int

    @property
    def length(self):
        return self.last_line - self.first_line + 1


def _without_preprocessor(code):
    return re.sub(
        r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*",
        lambda m: re.sub(r"[^\n]", " ", m.group()),
        code,
        flags=re.MULTILINE,
    )


def _without_balanced(text, opening, closing):
    kept, depth = [], 0
    for char in text:
        if char == opening:
            depth += 1
        elif char == closing and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept)


def _continues(head):
    """Whether the head goes on after the braces: a default argument or a member's initializer."""
    in_arguments = head.count("(") > head.count(")")
    member = re.search(r"\)\s*(noexcept\s*)?:(?!:)", head) and re.search(r"[\w>]$", head)
    return in_arguments or bool(member)


def _kind(head):
    """What the brace after `head` opens: "container", "function", "part" of a head, or "other"."""
    if _continues(head):
        return "part"
    bare = head
    template = re.match(r"\s*template\s*<", bare)
    while template:
        bare = _without_balanced(bare[template.end() - 1 :], "<", ">")
        template = re.match(r"\s*template\s*<", bare)
    bare = _without_balanced(bare, "(", ")")
    if _LAMBDA.search(head) and "[" in bare:
        return "function"
    if re.search(r"\boperator\s*[^\w\s]", bare) and "(" in head:
        return "function"
    if "=" in bare or re.search(r"\breturn\b", bare):
        return "other"
    if _CONTAINER.search(bare):
        return "container"
    return "function" if "(" in head else "other"


def _name(head):
    match = re.search(r"([~\w:]+|operator[^\w\s(]+)\s*\(", head)
    if not match:
        return "lambda"
    if match.group(1).upper() == match.group(1):
        return re.sub(r"\s+", " ", head.strip())[:60]  # TEST(Suite, Name)
    return match.group(1)


def functions(source):
    """The outermost functions of a file; what stands inside one is measured with it."""
    code = _without_preprocessor(source.code)
    found, stack, head_start = [], [], 0
    for match in re.finditer(r"[{};]", code):
        char, position = match.group(), match.start()
        if char == "{":
            head = code[head_start:position]
            nested = any(opened[0] != "container" for opened in stack)
            stack.append(("inner" if nested else _kind(head), head_start, head))
        elif char == "}" and stack:
            kind, start, head = stack.pop()
            if kind == "function":
                start += len(head) - len(head.lstrip())
                lines = line_of(code, start), line_of(code, position)
                found.append(Function(_name(head), *lines))
            elif kind == "part":
                head_start = start
                continue
        head_start = position + 1
    return found
