"""A plot as SVG: speed above, memory below, over the count of numbers on a logarithmic axis."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, GAP = 720, 260, 64, 150, 44, 66
SERIES = {
    "limit": ("the machine's limit", "#8c8c8c"),
    "direct": ("direct path", "#0072b2"),
    "hash": ("hash path", "#d55e00"),
}


def _nice(top):
    """A round number at or above, and a step that divides it into four or five."""
    size = 10 ** math.floor(math.log10(top))
    for factor, step in ((1, 0.2), (1.5, 0.5), (2, 0.5), (3, 1), (4, 1), (5, 1), (8, 2), (10, 2)):
        if top <= factor * size:
            return factor * size, step * size
    return 10 * size, 2 * size


def _short(numbers):
    return f"{numbers / 1e6:g} M" if numbers >= 1e6 else f"{numbers / 1e3:g} k"


class _Panel:
    """One diagram; `unit` is what the keys of its series end on."""

    def __init__(self, points, title, unit, y):
        self.points, self.title, self.unit, self.y = points, title, unit, y
        self.names = [name for name in SERIES if f"{name}{unit}" in points[0]]
        self.top, self.step = _nice(max(p[n + unit]["max"] for p in points for n in self.names))
        counts = [p["numbers"] for p in points]
        self.low, self.high = math.log(min(counts)), math.log(max(counts))

    def _x(self, numbers):
        share = (math.log(numbers) - self.low) / (self.high - self.low or 1)
        return LEFT + 14 + share * (WIDTH - LEFT - RIGHT - 28)

    def _y(self, value):
        return self.y + HEIGHT * (1 - value / self.top)

    def _axes(self):
        yield f'<text x="{LEFT}" y="{self.y - 14}" class="title">{self.title}</text>'
        for i in range(round(self.top / self.step) + 1):
            y = self._y(i * self.step)
            yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" class="grid"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="left">{i * self.step:g}</text>'
        for p in self.points:
            x = self._x(p["numbers"])
            place = f'x="{x:.1f}" y="{self.y + HEIGHT + 18}" class="below"'
            yield f"<text {place}>{_short(p['numbers'])}</text>"

    def _series(self, name):
        colour = SERIES[name][1]
        values = [(self._x(p["numbers"]), p[name + self.unit]) for p in self.points]
        line = " ".join(f"{x:.1f},{self._y(v['median']):.1f}" for x, v in values)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, v in values:
            spread = f"M{x:.1f} {self._y(v['min']):.1f}V{self._y(v['max']):.1f}"
            yield f'<path d="{spread}" stroke="{colour}"/>'
            yield f'<circle cx="{x:.1f}" cy="{self._y(v["median"]):.1f}" r="3" fill="{colour}"/>'

    def _labels(self):
        """At the lines' ends, moved apart where they would meet."""
        ends = sorted(
            (self._y(self.points[-1][name + self.unit]["median"]), *SERIES[name])
            for name in self.names
        )
        lowest = 0
        for y, words, colour in ends:
            lowest = max(y, lowest + 16)
            x = WIDTH - RIGHT + 6
            place = f'x="{x}" y="{lowest + 4:.1f}" style="fill:{colour}"'
            yield f"<text {place}>{words}</text>"

    def __iter__(self):
        yield from self._axes()
        for name in self.names:
            yield from self._series(name)
        yield from self._labels()


def svg(points):
    """points: of growth.py. Bars are the spread of the turns."""
    speed = _Panel(points, "million records a second, one thread", "_mops", TOP)
    memory = _Panel(points, "bytes per number", "_bytes", TOP + HEIGHT + GAP)
    height = TOP + 2 * HEIGHT + GAP + 48
    axis = f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 8}" class="below">numbers</text>'
    style = (
        "text{font:13px sans-serif;fill:#333}.title{font-weight:bold}.left{text-anchor:end}"
        ".below{text-anchor:middle}.grid{stroke:#ddd}"
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}">',
        f"<style>{style}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *speed,
        *memory,
        axis,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
