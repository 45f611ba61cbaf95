#!/usr/bin/env python3
"""The house rules as a test: prints what breaks them and ends with 'N passed, M failed'.

Usage: tests/style/check.py [--rule NAME]... [--list] [ROOT]
"""

import argparse
import pathlib
import sys

import rules_build
import rules_cpp
import rules_docs
import rules_include
import rules_text
from source import Tree

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = [
    rule
    for module in (rules_include, rules_cpp, rules_text, rules_build, rules_docs)
    for rule in module.RULES
]


def main():
    parser = argparse.ArgumentParser(description="Checks the house rules.")
    names = [rule.__name__ for rule in RULES]
    parser.add_argument("--rule", action="append", choices=names, metavar="NAME")
    parser.add_argument("--list", action="store_true", help="print the rules and stop")
    parser.add_argument("root", nargs="?", default=ROOT)
    options = parser.parse_args()
    rules = [r for r in RULES if not options.rule or r.__name__ in options.rule]
    if options.list:
        print("\n".join(f"{r.__name__}: {r.__doc__}" for r in rules))
        return 0
    tree = Tree(options.root)
    failed = 0
    for rule in rules:
        findings = rule(tree)
        failed += bool(findings)
        if findings:
            print(f"{rule.__name__}: {rule.__doc__}")
            print("".join(f"  {finding}\n" for finding in findings), end="")
    print(f"{len(rules) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
