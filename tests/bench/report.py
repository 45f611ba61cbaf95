"""The figures of a run as tables: for a terminal, and for docs/performance.md."""

import bars
from harness.summary import number

PEER = "peer_"
NOT_ASKED = "not asked for"
BUSY = 0.7  # load average


def judged(summaries):
    """{key of a bar: {bound, value, met}}; no value, and not met, where nothing was measured."""
    verdicts = {}
    for bar in bars.BARS:
        value = summaries[bar.key]["median"] if bar.key in summaries else None
        verdicts[bar.key] = {
            "bound": f"{'>=' if bar.at_least else '<='} {bar.bound:g}",
            "value": value,
            "met": value is not None and bar.met(value),
        }
    return verdicts


def _words(key):
    if not key.startswith(PEER):
        return bars.FIGURES.get(key, "")
    name = key[len(PEER) :].removesuffix("_mops")
    asked = name.removesuffix("_load_query")
    return f"{asked.replace('_', ' ')}{', from the file to the answer' if asked != name else ''}"


def figure_rows(run):
    """[(key, median, spread, runs, words)] of the figures, first those of bars.FIGURES."""
    asked_for = {k: r for k, r in run["ratios"].items() if k in bars.FIGURES}
    figures, left_out = {**run["figures"], **asked_for}, run["left_out"]
    keys = [k for k in bars.FIGURES if k in figures or k in left_out]
    keys += sorted(k for k in {**figures, **left_out} if k not in keys)
    rows = []
    for key in keys:
        if key in figures:
            f = figures[key]
            spread = f"{number(f['min'])} … {number(f['max'])}"
            rows.append((key, number(f["median"]), spread, str(f["runs"]), _words(key)))
        else:
            rows.append((key, "–", "", "", left_out[key]))
    return [row for row in rows if row[4] != NOT_ASKED]


def bar_rows(run):
    """[(words, bound, median, spread, verdict)]"""
    spreads = {**run["figures"], **run["ratios"]}
    rows = []
    for bar in bars.BARS:
        verdict = run["bars"][bar.key]
        if verdict["value"] is None:
            why = run["left_out"].get(bar.key, "not measured")
            rows.append((bar.words, verdict["bound"], "–", "", why))
            continue
        s = spreads[bar.key]
        spread = f"{number(s['min'])} … {number(s['max'])}"
        said = "met" if verdict["met"] else "NOT met"
        rows.append((bar.words, verdict["bound"], number(s["median"]), spread, said))
    return rows


FIGURE_HEAD = ("figure", "median", "min … max", "runs", "what it is")
BAR_HEAD = ("bar", "bound", "median", "min … max", "")


def _columns(head, rows):
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def heading(run):
    """The machine, and what a reader must know before he believes a figure."""
    lines = [f"{run['machine']}; {run['numbers']:,} numbers."]
    if run["load_before"] >= BUSY:
        lines.append(f"The machine was BUSY (load {run['load_before']:.1f} before the run): what is"
                     " measured by the wall, all with two threads, sockets or peers, says little.")
    if run["numbers"] < bars.MEANT_FOR:
        lines.append(f"The bars are meant for {bars.MEANT_FOR:,} numbers: small tables are others.")
    return lines


def show(run):
    print("\n".join(heading(run)), end="\n\n")
    _columns(FIGURE_HEAD, figure_rows(run))
    print()
    _columns(BAR_HEAD, bar_rows(run))


def markdown(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
