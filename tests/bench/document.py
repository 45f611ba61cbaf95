"""tools/bench document: writes the figures of docs/*.json into docs/performance.md, and the plot.

  tools/bench --json docs/performance.json
  tools/bench growth --json docs/performance-growth.json
  tools/bench instructions --json docs/performance-instructions.json
  tools/bench document
"""

import argparse
import json
import re

import instructions
import report
from growth.plot import svg
from harness.paths import ROOT
from harness.server import Failure
from harness.summary import number

DOCS = ROOT / "docs"
PAGE = DOCS / "performance.md"
SECTION = "<!-- figures: {} -->\n"
END = "<!-- end of figures -->\n"


def peer_rows(run):
    figures, ratios = run["figures"], run["ratios"]
    rows = []
    for key in sorted(figures):
        name = re.fullmatch(r"peer_(.*?)_mops", key)
        if not name or name.group(1).endswith("_load_query"):
            continue
        name = name.group(1)
        whole = figures.get(f"peer_{name}_load_query_mops")
        asked = figures[key]
        if f"scan_over_{name}" in ratios and not whole:  # reads the file as it goes
            asked, whole = None, asked
        cells = [name.replace("_", " ")]
        for figure, over in ((asked, f"detector_over_{name}"), (whole, f"scan_over_{name}")):
            times = ratios.get(over)
            cells.append(number(figure["median"]) if figure else "")
            cells.append(f"{number(times['median'])} x" if figure and times else "")
        rows.append(cells)
    return rows


PEER_HEAD = ("", "M/s of the question", "detector, T=1", "M/s from the file", "`scan`, T=1")


def growth_rows(points):
    keys = ("limit_mops", "hash_mops", "direct_mops", "hash_bytes", "direct_bytes")
    return [
        (f"{p['numbers']:,}", *(number(p[key]["median"]) for key in keys)) for p in points
    ]


# What one call by hash is made of, each with all that is before it.
PARTS = (
    ("limit_random_line_update_mops", "one line fetched and changed: the limit"),
    ("limit_found_line_update_mops", "and another fetched before, in which it is found"),
    ("look_up_hash_mops", "and found by its hash, in the detector's own table"),
    ("detector_hash_light_mops", "and routed, counted and swept: numbers that call little"),
    ("detector_hash_mops", "and one call in six of a number that calls much"),
)
PARTS_HEAD = ("a call", "nanoseconds", "of them for this")


def part_rows(figures):
    rows, before = [], 0.0
    for key, words in PARTS:
        took = 1000 / figures[key]["median"]
        rows.append((words, number(took), number(took - before)))
        before = took
    return rows


GROWTH_HEAD = ("numbers", "limit M/s", "hash M/s", "direct M/s", "hash bytes", "direct bytes")


def sections():
    run = json.loads((DOCS / "performance.json").read_text())
    growth = json.loads((DOCS / "performance-growth.json").read_text())
    costs = json.loads((DOCS / "performance-instructions.json").read_text())
    (DOCS / "performance-growth.svg").write_text(svg(growth["points"]), encoding="utf-8")
    figures = [row for row in report.figure_rows(run) if not row[0].startswith("peer_")]
    return {
        "machine": "Measured on " + " ".join(report.heading(run)) + "\n",
        "bars": report.markdown(report.BAR_HEAD, report.bar_rows(run)),
        "all": report.markdown(report.FIGURE_HEAD, [(f"`{r[0]}`", *r[1:]) for r in figures]),
        "parts": report.markdown(PARTS_HEAD, part_rows(run["figures"])),
        "peers": report.markdown(PEER_HEAD, peer_rows(run)),
        "instructions": report.markdown(instructions.HEAD, instructions.rows(costs)),
        "growth": report.markdown(GROWTH_HEAD, growth_rows(growth["points"])),
    }


def main(arguments):
    argparse.ArgumentParser(
        prog="tools/bench document",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    for name, text in sections().items():
        begin = SECTION.format(name)
        if begin not in page:
            raise Failure(f"{PAGE.name} has no section {name}")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{text}\n{END}{rest.partition(END)[2]}"
    PAGE.write_text(page, encoding="utf-8")
