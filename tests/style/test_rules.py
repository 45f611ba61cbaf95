"""Shows that every rule can fail, and that it does not fail on what is right."""

import pathlib
import tempfile
import unittest

import check
from source import Tree

LONG_BODY = "  x();\n" * 69
GOOD_HEADER = "#pragma once\n\nint Twice(int x);\n"

# Rule → [(what is wrong, {path: text})]. The texts are joined from parts where the whole would
# break the rule in this file.
BAD = {
    "includes_go_one_way": [
        ("the model includes ingest", {
            "ingest/model/a.h": '#pragma once\n#include "ingest/b.h"\n',
            "ingest/b.h": GOOD_HEADER}),
        ("the detector includes the whitelist", {
            "detector/a.cc": '#include "whitelist/b.h"\n', "whitelist/b.h": GOOD_HEADER}),
        ("the blocker includes more of the detector than its model", {
            "blocker/a.cc": '#include "detector/b.h"\n', "detector/b.h": GOOD_HEADER,
            "detector/model/detection.h": GOOD_HEADER}),
        ("delivery includes what endpoint.h does not", {
            "blocker/delivery/a.cc": '#include "ingest/transport/b.h"\n',
            "ingest/transport/b.h": GOOD_HEADER, "ingest/transport/endpoint.h": GOOD_HEADER}),
        ("a library includes tools", {
            "ingest/a.cc": '#include "tools/b.h"\n', "tools/b.h": GOOD_HEADER}),
        ("C++ in a folder without a rule", {"elsewhere/a.cc": "int x;\n"}),
    ],
    "includes_start_at_the_root": [
        ("a path from the file's own folder", {
            "ingest/a.cc": '#include "b.h"\n', "ingest/b.h": GOOD_HEADER}),
    ],
    "files_form_no_cycle": [
        ("two headers include each other", {
            "ingest/a.h": '#include "ingest/b.h"\n', "ingest/b.h": '#include "ingest/a.h"\n'}),
    ],
    "folders_form_no_cycle": [
        ("two folders without a cycle of files", {
            "ingest/x/a.h": '#include "ingest/y/b.h"\n', "ingest/y/b.h": GOOD_HEADER,
            "ingest/y/c.h": '#include "ingest/x/d.h"\n', "ingest/x/d.h": GOOD_HEADER}),
    ],
    "libraries_stay_in_their_place": [
        (name, {path: f"#include <{name}>\n"}) for name, path in (
            ("hiredis/hiredis.h", "whitelist/a.cc"), ("sqlite3.h", "blocker/a.cc"),
            ("zmq.hpp", "ingest/a.cc"), ("zmq.h", "tools/a.cc"),
            ("nlohmann/json.hpp", "detector/a.cc"), ("nlohmann/json.hpp", "ingest/a.h"),
            ("toml++/toml.h", "ingest/a.cc"), ("CLI/CLI.hpp", "detector/a.cc"),
            ("CLI/CLI.hpp", "tools/ringfence/a.cc"), ("CLI/CLI.hpp", "tools/terminal/a.h"),
            ("simdjson.h", "whitelist/a.cc"), ("simdjson.h", "ingest/a.h"),
            ("spdlog/spdlog.h", "ingest/a.cc"), ("iostream", "detector/a.cc"))
    ],
    "libraries_are_silent": [
        (code, {"detector/a.cc": f"void f() {{ {code}; }}\n"}) for code in (
            "std::cout << 1", "std::cerr << 1", 'printf("x")', 'std::fprintf(stderr, "x")',
            'puts("x")', "exit(1)", "std::exit(1)", "::exit(1)", "abort()", "std::abort()",
            "std::terminate()", "throw 1")
    ],
    "clocks_are_arguments": [
        (code, {path: f"auto f() {{ return {code}; }}\n"}) for code, path in (
            ("std::chrono::system_clock::now()", "detector/a.cc"),
            ("std::chrono::steady_clock::now()", "blocker/policy.cc"),
            ("time(nullptr)", "ingest/model/a.cc"), ("std::time(NULL)", "detector/a.cc"),
            ("absl::Now()", "blocker/authorise.cc"), ("gettimeofday(&t, 0)", "detector/a.cc"),
            ("clock_gettime(CLOCK_REALTIME, &t)", "whitelist/a.cc"),
            ("absl::Now()", "tests/unit/a_test.cc"))
    ],
    "chance_is_an_argument": [
        (code, {"detector/a.cc": f"auto f() {{ return {code}; }}\n"})
        for code in ("std::random_device()()", "rand()", "std::rand()", "absl::BitGen()")
    ],
    "tests_do_not_sleep": [
        (code, {path: f"{code}\n"}) for code, path in (
            ("void f() { std::this_thread::sleep_for(x); }", "tests/unit/a_test.cc"),
            ("void f() { absl::SleepFor(x); }", "tests/unit/a_test.cc"),
            ("void f() { sleep(1); }", "tests/integration/a_test.cc"),
            ("void f() { ::usleep(1); }", "tests/integration/a_test.cc"),
            ("time.sleep(1)", "tests/integration/a.py"),
            ("sleep 1", "tests/integration/a.sh"))
    ],
    "headers_have_pragma_once": [
        ("nothing", {"ingest/a.h": "int x;\n"}),
        ("only in a comment", {"ingest/a.h": "// #pragma once\nint x;\n"}),
    ],
    "functions_are_short": [
        (what, {path: text}) for what, path, text in (
            ("C++", "ingest/a.cc", f"namespace a {{\nvoid f() {{\n{LONG_BODY}}}\n}}\n"),
            ("member", "ingest/a.cc", f"A::A(int x) : y_{{x}} {{\n{LONG_BODY}}}\n"),
            ("default", "ingest/a.cc", f"void f(O o = {{}}) {{\n{LONG_BODY}}}\n"),
            ("template", "ingest/a.cc",
             f"template <class T = int>\nvoid f() {{\n{LONG_BODY}}}\n"),
            ("operator", "ingest/a.cc", f"bool A::operator==(A b) const {{\n{LONG_BODY}}}\n"),
            ("lambda", "ingest/a.cc", f"const auto f = [](int x) {{\n{LONG_BODY}}};\n"),
            ("test", "tests/a_test.cc", f"TEST(Some, Thing) {{\n{LONG_BODY}}}\n"),
            ("class", "ingest/a.h", f"class A {{\n public:\n  void f() {{\n{LONG_BODY}}}\n}};\n"),
            ("brace in a string", "ingest/a.cc",
             f'void f() {{\n  g("}}", \'}}\');\n{LONG_BODY}}}\n'),
            ("Python", "tests/a.py", "def f():\n" + "    x()\n" * 70))
    ],
    "lines_are_short": [("101 characters", {"ingest/a.cc": "/" * 101 + "\n"})],
    "whitespace_is_clean": [
        (what, {"a.md": text}) for what, text in (
            ("tab", "a\tb\n"), ("tab after a block", "```\na\n```\nb\tc\n"),
            ("trailing space", "a \n"), ("CR", "a\r\n"), ("no newline", "a"),
            ("empty last line", "a\n\n"))
    ],
    "no_machine_paths": [
        (parts[0], {"a.md": f"see {''.join(parts)}x\n"})
        for parts in (("/ho", "me/"), ("/wo", "rk/"), ("/tmp/", "wt/"), ("/ro", "ot/"))
    ],
    "no_registry_addresses": [
        (parts[0], {"a.md": f"https://{'.'.join(parts)}/\n"})
        for parts in (("deb", "debian", "org"), ("pypi", "org"), ("mirrors", "example", "com"))
    ],
    "phone_numbers_are_made_up": [
        (form, {"a.md": f"call {form.replace('x', '1')} now\n"})
        for form in ("+8613x1234567x", "+86 139 x234 5678", "139x2345678", "0631-523x567",
                     "00866315231x67", "+1 20x 456 7890", "+1202555x234")
    ],
    "sources_are_listed": [
        ("in no list", {"ingest/a.cc": "int x;\n", "ingest/CMakeLists.txt": "# a.cc\n"}),
    ],
    "sources_are_explicit": [
        ("a glob", {"ingest/CMakeLists.txt": "file(GLOB sources *.cc)\n"}),
    ],
    "layout_is_clang_formats": [("two blanks", {"ingest/a.cc": "int  x;\n"})],
    "modules_have_a_readme": [
        ("a module", {"ingest/a.h": GOOD_HEADER}),
        ("a target", {"tools/a/CMakeLists.txt": "ringfence_module(a SOURCES a.cc)\n"}),
    ],
    "links_resolve": [
        ("a missing file", {"docs/a.md": "[b](b.md)\n"}),
        ("a path from the root", {"docs/a.md": "[b](docs/a.md#x)\n"}),
    ],
    "readmes_agree": [
        ("a heading", {"README.md": "# A\n\n## B\n", "README.zh-CN.md": "# 甲\n"}),
        ("a command", {"README.md": "```\na\n```\n", "README.zh-CN.md": "```\nb\n```\n"}),
    ],
    "documented_commands_exist": [
        ("a tool", {"README.md": "Run `tools/nothing`.\n"}),
        ("a subcommand", {
            "README.md": "```\nringfence fly --high\n```\n",
            "tools/ringfence/main.cc": 'auto x = Sub("scan");\n'}),
    ],
}

# A small house in which every rule holds, with what looks like a breach and is none.
GOOD = {
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 100\n",
    "ingest/README.md": "# ingest\n\nRun `tools/go` or `ringfence scan a.csv`.\n",
    "ingest/model/README.md": "# model\n\n[up](../README.md) and +86 138 0000 1234\n",
    "detector/README.md": "# d\n\n0631-5551234 and +1 202 555 0123, 1700000000123\n",
    "blocker/README.md": "# b\n",
    "whitelist/README.md": "# w\n",
    "tools/README.md": "# t\n",
    "tools/ringfence/README.md": "# r\n",
    "tools/go": "#!/bin/bash\nsleep 1\n",
    "tools/ringfence/main.cc": '#include <iostream>\n\nauto x = Sub("scan");\n',
    "tools/ringfence/CMakeLists.txt": "add_executable(a main.cc)\n",
    "ingest/model/a.h": GOOD_HEADER,
    "ingest/model/CMakeLists.txt": "# file(GLOB) is not used\n",
    "ingest/transport/address.h": GOOD_HEADER,
    "ingest/transport/endpoint.h": '#pragma once\n\n#include "ingest/transport/address.h"\n',
    "detector/model/README.md": "# m\n",
    "detector/model/subject.h": GOOD_HEADER,
    "detector/a.cc": (
        '#include "ingest/model/a.h"\n\n'
        "// std::cout, exit(1), throw and system_clock::now() in a comment are no breach.\n"
        'const char* kText = "printf(1); exit(1)";\n'
        "int f(Cdr c) { return c.time(0) + snprintf(b, 1000, kText) + on_exit(1'000); }\n"
        "int g(FILE* file) { return std::fputs(kText, file) + fprintf(file, kText); }\n"
    ),
    "detector/CMakeLists.txt": "ringfence_module(detector SOURCES a.cc)\n",
    "blocker/a.cc": '#include "detector/model/subject.h"\n#include "whitelist/w.h"\n',
    "blocker/delivery/a.cc": '#include "ingest/transport/address.h"\n',
    "blocker/delivery/README.md": "# d\n",
    "blocker/CMakeLists.txt": "ringfence_module(blocker SOURCES\n  a.cc delivery/a.cc)\n",
    "whitelist/w.h": GOOD_HEADER,
    "docs/format.md": "# F\n\n```\nid\tname\n```\n",
    "README.md": "# A\n\n```\na  # why\n# B\n```\n",
    "README.zh-CN.md": "# 甲\n\n```\na  # 为什么\n# 乙\n```\n",
}


def findings(rule_name, files):
    rule = next(rule for rule in check.RULES if rule.__name__ == rule_name)
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        return rule(Tree(folder))


class Rules(unittest.TestCase):
    def test_every_rule_has_a_bad_example(self):
        self.assertEqual({rule.__name__ for rule in check.RULES}, set(BAD))


def _add_cases():
    def fails(name, files):
        return lambda self: self.assertTrue(findings(name, files), "the rule did not fail")

    def holds(name):
        return lambda self: self.assertEqual([], [str(f) for f in findings(name, GOOD)])

    for name, examples in BAD.items():
        for number, (what, files) in enumerate(examples):
            case = fails(name, files)
            case.__doc__ = f"{name} fails on: {what}"
            setattr(Rules, f"test_{name}_fails_{number}", case)
        setattr(Rules, f"test_{name}_holds", holds(name))


_add_cases()

if __name__ == "__main__":
    unittest.main()
