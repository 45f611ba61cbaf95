"""Seeded call records that are hard to count right. A case is a pure function of its seed."""

import random
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

MS = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# 2026-03-03 00:00 in Asia/Shanghai.
MIDNIGHT = int(datetime(2026, 3, 2, 16, tzinfo=timezone.utc).timestamp()) * SECOND
HEADER = "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk"


class Case(NamedTuple):
    seed: int
    shape: str
    in_order: bool  # then alerts must be identical; otherwise the set of numbers
    window: str
    threshold: int
    lateness: str
    text: str  # the file


class Row:
    """One record before it is written; times in microseconds."""

    def __init__(self, number, setup, called=7, trunk="TG-1", record_id=None, talk=9 * SECOND):
        self.number, self.setup, self.called, self.trunk = number, setup, called, trunk
        self.record_id, self.talk = record_id, talk

    def copy(self, **changes):
        row = Row(self.number, self.setup, self.called, self.trunk, self.record_id, self.talk)
        row.__dict__.update(changes)
        return row


class Maker:
    """State shared by the shapes: random numbers, parameters, rows."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.threshold = self.random.choice([1, 2, 3, 5, 10, 20, 50, 299, 300])
        if self.random.random() < 0.5:
            self.threshold = self.random.randint(1, 40)
        self.window_text, self.window = self.random.choice(
            [("24h", DAY), ("24h", DAY), ("1h", HOUR), ("90m", 90 * MINUTE), ("30s", 30 * SECOND)])
        self.lateness_text, self.lateness = "1h", HOUR
        self.rows = []
        self.in_order = True
        self.mixed_numbers = self.mixed_times = self.no_ids = False
        self.dressing = "plain"

    def fresh_ids(self):
        for index, row in enumerate(self.rows):
            if row.record_id is None:
                row.record_id = "" if self.no_ids else f"r{index}"

    def some_time(self):
        return MIDNIGHT + self.random.randrange(DAY // MS) * MS

    def calls(self, number, first, last, count):
        """`count` calls from first to last, both used if count > 1; strictly different times."""
        inner = self.random.sample(range(first // MS + 1, last // MS), max(count - 2, 0))
        times = [first] + [t * MS for t in inner] + ([last] if count > 1 else [])
        self.rows += [Row(number, t, called=self.random.randrange(1000)) for t in times]

    def background(self):
        """Callers that stay well inside."""
        for number in range(90, 94):
            for _ in range(self.random.randrange(4)):
                self.rows.append(Row(number, self.some_time()))


# --- shapes: what is counted ---------------------------------------------------------------------


def exact(make):
    """Exactly the threshold, one more, one less, all inside one window."""
    for number, extra in ((1, 0), (2, 1), (3, -1), (4, make.random.randrange(2, 5))):
        first = make.some_time()
        if make.threshold + extra > 0:
            make.calls(number, first, first + make.window - MS, make.threshold + extra)
    make.background()


def at_300(make):
    """The numbers of the rule as it is written: 300 and 301 in 24 hours."""
    make.threshold, make.window_text, make.window = 300, "24h", DAY
    for number, count in ((1, 300), (2, 301)):
        first = make.some_time()
        last = first + make.window - make.random.choice([1, 2, 1000]) * MS
        make.calls(number, first, last, count)
    make.background()


def window_edge(make):
    """threshold + 1 calls whose span is the window, a millisecond less, and one more."""
    for number, difference in ((1, 0), (2, -MS), (3, MS), (4, -1), (5, 1)):
        first = make.some_time()
        make.calls(number, first, first + make.window + difference, make.threshold + 1)


def midnight(make):
    """Below the threshold on each date, above it across midnight."""
    make.window_text, make.window = "24h", DAY
    make.threshold = max(make.threshold, 4)
    for number, extra in ((1, 1), (2, 0)):
        before = make.random.randint(2, make.threshold - 2)
        after = make.threshold + extra - before
        make.calls(number, MIDNIGHT + 20 * HOUR, MIDNIGHT + DAY - MS, before)
        make.calls(number, MIDNIGHT + DAY, MIDNIGHT + DAY + 3 * HOUR, after)


def burst(make):
    """Many calls in one instant, around the threshold, and the same instant one window later."""
    for number, extra in ((1, 0), (2, 1), (3, 5)):
        instant = make.some_time()
        for shift in (0, make.window) if make.random.random() < 0.5 else (0,):
            count = make.threshold + extra
            make.rows += [Row(number, instant + shift, called=i) for i in range(count)]
    make.background()


def episodes(make):
    """Alerts that open, close and open again: after a pause, or by falling to the threshold."""
    for number in range(1, 4):
        start = make.some_time()
        for _ in range(make.random.randint(2, 4)):
            span = make.window // 2
            make.calls(number, start, start + span, make.threshold + make.random.randrange(3))
            start += span + make.random.choice([make.window - MS, make.window, make.window + MS,
                                                make.window // 2, 2 * make.window])
    # One call a step: the count stands still at threshold + 1, falls by one and rises again.
    step = make.window // (make.threshold + 1) // MS * MS
    times = [MIDNIGHT + i * step for i in range(2 * make.threshold + 4)]
    make.rows += [Row(9, t) for t in times if t != times[make.threshold + 2]]


def crowd(make):
    """Random callers at random times, crowded enough that some are above."""
    make.threshold = make.random.randint(1, 25)
    count = make.random.randint(50, 400)
    numbers = make.random.randint(1, 8)
    length = make.random.choice([make.window // 2, make.window * 2, make.window * 5])
    for _ in range(count):
        at = MIDNIGHT + make.random.randrange(length // MS) * MS
        make.rows.append(Row(make.random.randrange(numbers), at, called=make.random.randrange(3)))


BASES = (exact, window_edge, midnight, burst, episodes, crowd)


# --- shapes: how it arrives ----------------------------------------------------------------------


def arrive(make, delay):
    """Puts rows off by delay() microseconds: none is further behind the newest than that."""
    keyed = [(row.setup + delay(), index, row) for index, row in enumerate(make.rows)]
    make.rows = [row for _, _, row in sorted(keyed, key=lambda each: each[:2])]


def shuffled(make):
    make.random.choice(BASES)(make)
    make.lateness_text, make.lateness = make.random.choice(
        [("1h", HOUR), ("5m", 5 * MINUTE), ("24h", DAY)])
    arrive(make, lambda: make.random.choice(
        [0, make.lateness, make.random.randrange(make.lateness // MS + 1) * MS]))
    make.in_order = False


def late(make):
    """Records that come too late, of numbers that would be above with them."""
    make.lateness_text, make.lateness = "10m", 10 * MINUTE
    first = MIDNIGHT + make.random.randrange(HOUR // MS) * MS
    make.window_text, make.window = "24h", DAY
    for number in (1, 2):
        make.calls(number, first, first + HOUR, make.threshold + 1)
    make.rows.sort(key=lambda row: row.setup)
    behind = make.random.randrange(len(make.rows))
    row = make.rows.pop(behind)
    gone = make.lateness + make.random.choice([MS, MINUTE, HOUR])
    make.rows.append(Row(5, max(make.rows[-1].setup, row.setup + gone)))
    if make.random.random() < 0.3:  # the very last moment that is not too late
        make.rows[-1].setup = max(make.rows[-2].setup, row.setup + make.lateness)
    make.rows.append(row)
    make.in_order = False


def duplicate_ids(make):
    """The same record id again, whole or with other fields; each attempt counts once."""
    make.random.choice(BASES)(make)
    make.rows.sort(key=lambda row: row.setup)
    make.fresh_ids()
    rows = []
    for row in make.rows:
        rows.append(row)
        for _ in range(make.random.choice([0, 0, 1, 2])):
            changes = make.random.choice([{}, {"trunk": "TG-9"}, {"talk": 77 * SECOND}])
            rows.append(row.copy(**changes))
    make.rows = rows


def duplicate_fields(make):
    """No ids: the five fields identify an attempt, and a difference in one of them is another."""
    make.no_ids = True
    make.random.choice(BASES)(make)
    make.rows.sort(key=lambda row: row.setup)
    rows = []
    for row in make.rows:
        rows.append(row)
        kind = make.random.randrange(6)
        if kind == 0:
            rows.append(row.copy())
        elif kind == 1 and make.random.random() < 0.3:
            rows.append(row.copy(**make.random.choice(
                [{"trunk": "TG-2"}, {"talk": row.talk + MS}, {"called": row.called + 1000}])))
    make.rows = rows


def same_fields_other_id(make):
    """Two records with two ids are two attempts, whatever else is the same."""
    for number, extra in ((1, 0), (2, 1)):
        at = make.some_time()
        make.rows += [Row(number, at) for _ in range(make.threshold + extra)]


def mixed_numbers(make):
    make.random.choice(BASES)(make)
    make.mixed_numbers = True
    make.no_ids = make.random.random() < 0.3


def mixed_times(make):
    make.random.choice(BASES)(make)
    make.mixed_times = True


def dressed(make):
    """Quotes, CRLF, a byte order mark."""
    make.random.choice(BASES)(make)
    make.dressing = make.random.choice(["quotes", "crlf", "bom", "all"])


def everything(make):
    make.random.choice((duplicate_ids, duplicate_fields))(make)
    make.fresh_ids()
    make.mixed_numbers = make.mixed_times = True
    make.dressing = make.random.choice(["plain", "all"])
    arrive(make, lambda: make.random.randrange(make.lateness // MS + 1) * MS)
    make.in_order = False


def other_windows(make):
    """Windows of seven days and of one second."""
    make.window_text, make.window = make.random.choice([("7d", 7 * DAY), ("1s", SECOND)])
    make.random.choice((exact, window_edge, burst))(make)


def multitude(make):
    """Thousands of numbers, each near a threshold of a few calls; some are much busier."""
    make.threshold = make.random.randint(1, 3)
    numbers = make.random.choice([300, 3000])
    for _ in range(2000):
        number = int(numbers * make.random.random()**2)
        at = MIDNIGHT + make.random.randrange(3 * make.window)
        make.rows.append(Row(number, at, called=make.random.randrange(1000)))


def one_instant(make):
    """Far more calls in one instant than a threshold, and as many when they leave the window."""
    make.threshold = make.random.choice([1, 300, 1000])
    at = make.some_time()
    for number, shift in ((1, 0), (1, make.window), (2, 0), (2, make.window - 1)):
        make.rows += [Row(number, at + shift, called=i) for i in range(600)]


SHAPES = (exact, at_300, window_edge, midnight, burst, episodes, crowd, shuffled, late,
          duplicate_ids, duplicate_fields, same_fields_other_id, mixed_numbers, mixed_times,
          dressed, everything, other_windows, multitude, one_instant)


# --- writing -------------------------------------------------------------------------------------


def number_text(make, index, kind):
    mobile = kind == "called" or index % 2 == 0
    national = f"1380000{index:04d}" if mobile else f"631555{index:04d}"
    forms = ["+86" + national]
    if make.mixed_numbers:
        forms += ["0086" + national, national if mobile else "0" + national, "86" + national,
                  f"sip:+86{national}@ims.example", f"tel:+86{national}",
                  f"+86 {national[:3]} {national[3:]}"]
    return make.random.choice(forms)


def time_text(make, micros):
    seconds, rest = divmod(micros, SECOND)
    digits = 6 if rest % MS else 3
    fraction = f"{rest:06d}"[:digits]
    forms = ["china"]
    if make.mixed_times:
        forms += ["utc", "india", "unix", "local", "space", "slash"]
    form = make.random.choice(forms)
    if form == "unix":
        return f"{seconds}.{fraction}"
    hours = {"utc": 0, "india": 5.5}.get(form, 8)
    moment = datetime(1970, 1, 1) + timedelta(seconds=seconds + hours * 3600)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") + "." + fraction
    if form == "slash":
        return text.replace("T", " ").replace("-", "/")
    if form in ("local", "space"):
        return text.replace("T", " ") if form == "space" else text
    return text + {"utc": "Z", "india": "+05:30"}.get(form, "+08:00")


def row_text(make, row):
    answered = make.random.random() < 0.5
    release = row.setup + row.talk
    fields = [
        row.record_id,
        number_text(make, row.number, "calling"),
        number_text(make, row.called, "called"),
        time_text(make, row.setup),
        time_text(make, row.setup + row.talk // 2) if answered else "",
        time_text(make, release),
        "16" if answered else "17",
        row.trunk,
    ]
    if make.dressing in ("quotes", "all"):
        fields = [f'"{each}"' if make.random.random() < 0.5 else each for each in fields]
    return ",".join(fields)


def make_case(seed):
    """Case number `seed`; every shape appears in len(SHAPES) cases that follow each other."""
    shape = SHAPES[seed % len(SHAPES)]
    make = Maker(seed)
    shape(make)
    if make.in_order:
        make.rows.sort(key=lambda row: row.setup)
    make.fresh_ids()
    end = "\r\n" if make.dressing in ("crlf", "all") else "\n"
    text = HEADER + end + "".join(row_text(make, row) + end for row in make.rows)
    if make.dressing in ("bom", "all"):
        text = "\ufeff" + text
    return Case(seed, shape.__name__, make.in_order, make.window_text, make.threshold,
                make.lateness_text, text)
