"""The repository's files as the style rules see them."""

import dataclasses
import functools
import pathlib
import re
import subprocess

SKIPPED_FOLDERS = {"build", ".git", ".cache", "node_modules", "__pycache__"}
CPP_SUFFIXES = {".h", ".cc"}

# One token of C++ that hides what stands in it: comments, raw strings, strings, characters. The
# look-behind keeps the digit separator of 1'000 from opening a character.
_HIDING = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)
      |(?P<raw>R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)")
      |(?P<string>"(?:[^"\\\n]|\\.)*")
      |(?P<char>(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+')""",
    re.VERBOSE | re.DOTALL,
)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


@dataclasses.dataclass(frozen=True)
class Finding:
    """A place that breaks a rule; line 0 stands for the file as a whole."""

    path: str
    line: int
    message: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class Source:
    """A text file: its path from the root with forward slashes, and its text."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.name = path.rsplit("/", 1)[-1]
        self.folder = path.rsplit("/", 1)[0] if "/" in path else ""
        self.suffix = pathlib.PurePosixPath(path).suffix

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")

    @functools.cached_property
    def is_cpp(self):
        return self.suffix in CPP_SUFFIXES

    @functools.cached_property
    def is_python(self):
        return self.suffix == ".py" or re.match(r"#!.*python", self.text) is not None

    @functools.cached_property
    def is_shell(self):
        return self.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", self.text) is not None

    @functools.cached_property
    def code(self):
        """C++ with comments, strings and characters blanked; lines and columns stay."""
        return _HIDING.sub(lambda match: _blank(match.group()), self.text)

    @functools.cached_property
    def without_comments(self):
        return _HIDING.sub(
            lambda match: _blank(match.group()) if match.group("comment") else match.group(),
            self.text,
        )

    @functools.cached_property
    def includes(self):
        """[(line, spelling, is_quoted)] of a C++ file."""
        pattern = r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)'
        text = self.without_comments
        return [
            (line_of(text, m.start(m.lastindex)), m.group(m.lastindex), m.lastindex == 1)
            for m in re.finditer(pattern, text, re.MULTILINE)
        ]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Tree:
    """All text files of the repository that are, or are about to be, under version control."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.sources = {}
        for path in sorted(self._paths()):
            data = (self.root / path).read_bytes()
            if b"\0" in data[:8192]:
                continue
            try:
                self.sources[path] = Source(path, data.decode("utf-8"))
            except UnicodeDecodeError:
                continue  # test data in another encoding

    def _paths(self):
        listed = subprocess.run(
            ["git", "-C", str(self.root), "ls-files", "-z", "-co", "--exclude-standard"],
            capture_output=True,
            check=False,
        )
        if listed.returncode == 0:
            names = [name for name in listed.stdout.decode().split("\0") if name]
        else:
            names = [p.relative_to(self.root).as_posix() for p in self.root.rglob("*")]
        return [
            name
            for name in names
            if (self.root / name).is_file() and not SKIPPED_FOLDERS & set(name.split("/"))
        ]

    def __iter__(self):
        return iter(self.sources.values())

    def get(self, path):
        return self.sources.get(path)

    def exists(self, path):
        return (self.root / path).exists()

    def cpp(self, *folders):
        return [s for s in self if s.is_cpp and (not folders or in_folders(s.path, folders))]


def in_folders(path, folders):
    return any(path == folder or path.startswith(folder + "/") for folder in folders)
