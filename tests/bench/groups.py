"""What takes turns in a run of side_by_side.py.

Each group is made with a folder and the options; it fills its tables and checks its answers on the
way. round() gives the figures of one round, turn by turn; `checked` counts the answers that were
compared with another way to find them, `left_out` says which figures there can't be, and why.
"""

import json

from harness.paths import BENCH
from harness.server import Failure, Turns, run
from peers import peers

CSV_LIMIT = BENCH / "peers" / "csv_limit"
TURNS = 5  # of those that have them, in each round


class Detector:
    """The detector beside the limit."""

    def __init__(self, _, options):
        words = ["--numbers", options.numbers, "--calls", options.share(4_000_000)]
        self.turns = Turns([BENCH / "detector_turns", *words])
        self.left_out = {}
        self.checked = 5  # two paths, on one thread and on two; one with features

    def round(self):
        for _ in range(TURNS):
            figures = self.turns.turn()
            for suffix, path in (("", "hash"), ("_direct", "direct")):
                for key in ("batch_p50_us", "batch_p99_us"):
                    figures[key + suffix] = figures.pop(f"{key}_{path}")
                ratio = figures["batch_p99_us" + suffix] / figures["batch_p50_us" + suffix]
                figures["batch_p99_over_p50" + suffix] = ratio
            for key in ("batch_p50_us", "batch_p99_us"):
                del figures[f"{key}_with_features"]
            memory = {k: v for k, v in self.turns.ready.items() if k.startswith("bytes_per")}
            yield {**figures, **memory}

    def stop(self):
        self.turns.stop()


class Zmq:
    """Messages of 64 KiB, received alone and with all that follows."""

    def __init__(self, _, options):
        words = ["--numbers", options.numbers, "--records", options.share(2_000_000)]
        self.turns = Turns([BENCH / "zmq_turns", *words, "--encoding", options.encoding])
        self.left_out = {}
        self.checked = 1

    def round(self):
        for _ in range(TURNS):
            figures = self.turns.turn()
            self.checked += 2
            yield figures

    def stop(self):
        self.turns.stop()


class Others:
    """Other systems, and ringfence with the same file and the same records."""

    FORMS = ("lag", "range", "prefilter")

    def __init__(self, folder, options):
        self.peers = peers.Peers(folder, 2 * options.numbers, options.numbers // 10, options.peer)
        self.peers.prepare()
        self.left_out = {f"peer_{key(n)}_mops": why for n, why in self.peers.left_out.items()}
        self.checked = 0

    def round(self):
        answers = self.peers.round()
        self.checked += len(answers)
        asked, whole = {}, {}  # M/s of the question alone, and from the file to the answer
        for name, answer in answers.items():
            rows = self.peers.traffic_of(name).rows
            if answer.query_s is not None:
                asked[name] = peers.mops(rows, answer.query_s)
            if answer.total_s is not None:
                whole[name] = peers.mops(rows, answer.total_s)
        figures = {**self._figures(asked, whole), **self._ratios(asked, whole)}
        yield {**figures, "limit_csv_mrows": self._csv_limit()}

    def _csv_limit(self):
        """M rows/s of who only finds the rows and reads what the question needs."""
        traffic = self.peers.traffic[1]
        read = json.loads(run(CSV_LIMIT, traffic.path))
        if read["rows"] != traffic.rows:
            raise Failure(f"{CSV_LIMIT}: {read['rows']:,} rows of {traffic.rows:,}")
        return peers.mops(traffic.rows, read["seconds"])

    def _figures(self, asked, whole):
        figures = {f"peer_{key(n)}_mops": v for n, v in {**whole, **asked}.items()}
        figures |= {f"peer_{key(n)}_load_query_mops": whole[n] for n in asked if n in whole}
        ends = {"scan_1": "", "scan_all": "_all_cores", "scan_undeduplicated_1": "_undeduplicated"}
        for name, end in ends.items():
            if f"peer_{name}_mops" in figures:
                figures["scan_csv_mrows" + end] = figures.pop(f"peer_{name}_mops")
        return figures

    def _ratios(self, asked, whole):
        ours, ours_2 = asked.get("detector-1"), asked.get("detector-2")
        scan = whole.get("scan-undeduplicated-1")
        ratios = {}
        if ours:
            ratios = {f"detector_over_{key(n)}": ours / v for n, v in asked.items() if v != ours}
        for name, value in whole.items():
            beside = whole.get(peers.scan_beside(name))
            if beside and not name.startswith("scan-"):
                ratios[f"scan_over_{key(name)}"] = beside / value
        for form in self.FORMS:
            best = [v for n, v in asked.items() if n.startswith(f"duckdb-{form}-")]
            if best and ours_2:
                ratios[f"detector_t2_over_duckdb_{form}"] = ours_2 / max(best)
        for system, end in (("duckdb", "-1"), ("postgresql", ""), ("sqlite", "")):
            forms = [f"{system}-{form}{end}" for form in self.FORMS]
            best = [whole[form] for form in forms if form in whole]
            if best and scan:
                ratios[f"scan_over_{system}"] = scan / max(best)
        return ratios

    def stop(self):
        pass


def key(peer):
    return peer.replace("-", "_")


GROUPS = {"detector": Detector, "zmq": Zmq, "peers": Others}
