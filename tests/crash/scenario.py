"""What a round feeds to the service: seeded CDR files of several sources, a ledger, a whitelist.

Most numbers stand on the edge: exactly as many calls as are allowed, so that a record that counts
twice raises an alert that must not be, or one more, so that a lost one hides an alert that must be.
"""

import dataclasses
import pathlib
import random

HEADER = "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n"
THRESHOLD = 40
WINDOW = "2h"
SPAN = 5 * 3600  # of setup times, in seconds
# Public services call, too; no list names them, and nothing may ever be done to them.
FLOOR = ["10086", "12345", "120"]


@dataclasses.dataclass
class Caller:
    """A number and what may be done to it: 'suspend', 'block', or '' for nothing, ever."""

    number: str
    due: str = ""
    source: int = 0
    in_order: bool = True


@dataclasses.dataclass
class Scenario:
    """The files as they lie on the disk, and what the oracle can't know from them."""

    folder: pathlib.Path
    sources: list  # of lists of paths, each source's in the order in which it sends
    callers: dict  # number → Caller
    ledger: pathlib.Path
    whitelist: pathlib.Path
    records: int
    bytes: int

    @property
    def untouchable(self):
        return {number for number, caller in self.callers.items() if not caller.due}

    def due_in(self, kind):
        return {number for number, caller in self.callers.items() if caller.due == kind}


def _mobile(index):
    return f"+8613{index // 10000}0000{index % 10000:04d}"


class Maker:
    """Makes one scenario; the same seed, size and base time give the same bytes."""

    def __init__(self, seed, records, sources=3, files=4, base=1_795_000_000, loud=60):
        self.random = random.Random(seed)
        self.records = records
        self.files = files
        self.base = base
        self.loud = loud
        self.callers = {}
        self.lines = []
        self.approved = []
        self.rows = [[] for _ in range(sources)]  # (place in the stream, text) of each source
        self.made = 0

    def _caller(self, number, due):
        source = self.random.randrange(len(self.rows))
        self.callers[number] = Caller(number, due, source, self.random.random() < 0.6)
        return self.callers[number]

    def _ledger_line(self, number, line_class="ordinary"):
        self.lines.append(f"L-{len(self.lines):05d},{number},C-{len(self.lines) % 50},{line_class}")

    def _row(self, caller, setup):
        self.made += 1
        record = "" if self.random.random() < 0.1 else f"r{self.made}"
        trunk = f"T{self.made % 7}"
        called = _mobile(60_000 + self.made % 9_999)
        return f"{record},{caller.number},{called},{setup:.6f},,{setup + 9:.6f},16,{trunk}\n"

    def _put(self, caller, setup):
        """A call, at its place in its source or, for some, minutes later; some of them twice."""
        source, place = caller.source, setup
        if not caller.in_order:
            source = self.random.randrange(len(self.rows))
            place += self.random.random() * 600
        row = self._row(caller, setup)
        self.rows[source].append((place, row))
        if self.random.random() < 0.03:
            again = source if caller.in_order else self.random.randrange(len(self.rows))
            self.rows[again].append((place + self.random.random() * 300, row))
            self.made += 1

    def _calls(self, caller, count):
        """So many calls within a window; `_spread` below are those that never meet in one."""
        start = self.random.random() * (SPAN - 6600)
        for _ in range(count):
            self._put(caller, self.base + round(start + self.random.random() * 6500, 6))

    def _spread(self, caller):
        start = self.random.random() * (SPAN - 3 * 3600)
        for burst in (0, 2.2 * 3600):
            for _ in range(THRESHOLD):
                at = start + burst + self.random.random() * 600
                self._put(caller, self.base + round(at, 6))

    def _reject(self):
        place = self.base + self.random.random() * SPAN
        self.made += 1
        row = f"bad{self.made},12x{self.made},{_mobile(3)},{place:.6f},,,16,T1\n"
        if self.random.random() < 0.5:
            row = f"bad{self.made},{_mobile(1)},{_mobile(3)},13:99 today,,,16,T1\n"
        self.random.choice(self.rows).append((place, row))

    def _loud_callers(self):
        for index in range(self.loud):
            extra = self.random.choice([1, 1, 1, 2, 30])
            if index % 3 == 0:
                caller = self._caller(_mobile(index), "block")
            else:
                caller = self._caller(f"+86631555{index:04d}", "suspend")
                self._ledger_line(caller.number)
            self._calls(caller, THRESHOLD + extra)
        for index in range(max(2, self.loud // 6)):
            listed = self._caller(f"+86632555{index:04d}", "")
            self._ledger_line(listed.number)
            self.approved.append(listed.number)
            hospital = self._caller(f"+86633555{index:04d}", "")
            self._ledger_line(hospital.number, "hospital")
            for caller in (listed, hospital):
                self._calls(caller, THRESHOLD + self.random.choice([1, 5, 100]))
        for number in FLOOR:
            self._calls(self._caller(number, ""), THRESHOLD + 20)

    def make(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._loud_callers()
        index = 0
        while self.made < self.records:
            caller = self._caller(_mobile(20_000 + index), "block")
            if index % 20 == 0:
                self._spread(caller)
            else:
                self._calls(caller, THRESHOLD)
            if self.random.random() < 0.4:
                self._reject()
            index += 1
        sources = self._write(folder)
        ledger, whitelist = folder / "ledger.csv", folder / "whitelist.csv"
        ledger.write_text("line_id,number,customer_id,class\n" + "\n".join(self.lines) + "\n")
        entries = "".join(f"{number},all,test,li,wang\n" for number in self.approved)
        whitelist.write_text("number,scope,reason,requester,approver\n" + entries)
        size = sum(path.stat().st_size for paths in sources for path in paths)
        return Scenario(folder, sources, self.callers, ledger, whitelist, self.made, size)

    def _write(self, folder):
        sources = []
        for source, rows in enumerate(self.rows):
            rows.sort(key=lambda row: row[0])
            paths = []
            step = -(-len(rows) // self.files)
            for part in range(self.files):
                path = folder / f"s{source}-{part}.csv"
                text = "".join(row for _, row in rows[part * step : (part + 1) * step])
                path.write_text(HEADER + text, encoding="utf-8")
                paths.append(path)
            sources.append(paths)
        return sources
