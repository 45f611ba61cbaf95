"""What is demanded of the figures of one run, and which figures there have to be."""

import dataclasses

MEANT_FOR = 10_000_000  # numbers
# Of `tools/bench --json`: with the unit that the name ends on; _t2: on two threads.
FIGURES = {
    "limit_random_line_update_mops": "the machine's limit: 64-byte lines of memory, at random",
    "limit_random_line_update_mops_t2": "the same on two threads",
    "limit_found_line_update_mops": "the same where each line is found in another: a hash table",
    "look_up_hash_mops": "numbers found by hash in the detector's table, and nothing else",
    "detector_hash_light_mops": "detector, scattered numbers none of which calls much",
    "detector_hash_mops": "detector, scattered numbers, found by hash",
    "detector_hash_mops_t2": "the same on two threads, routing included",
    "detector_hash_mops_t2_apart": "two detectors with half of the numbers, nothing to route",
    "hash_t2_apart_over_t1": "these over one detector on one thread",
    "detector_direct_mops": "detector, numbers in blocks, addressed directly",
    "detector_direct_mops_t2": "the same on two threads, routing included",
    "detector_direct_mops_t2_apart": "two detectors with half of the numbers, nothing to route",
    "direct_t2_apart_over_t1": "these over one detector on one thread",
    "detector_with_features_mops": "detector with features, scattered numbers",
    "bytes_per_number_hash": "memory of a number, scattered",
    "bytes_per_number_direct": "memory of a number, in blocks",
    "bytes_per_number_with_features": "memory of a number with features, scattered",
    "batch_p50_us": "4,096 records through the detector, by hash: median",
    "batch_p99_us": "the same: 99th percentile",
    "batch_p50_us_direct": "4,096 records through the detector, direct: median",
    "batch_p99_us_direct": "the same: 99th percentile",
    "limit_csv_mrows": "a CSV file, one thread: rows found, caller and time read, nothing else",
    "scan_csv_mrows": "`ringfence scan` of a CSV file, one thread",
    "scan_csv_mrows_all_cores": "the same on all cores",
    "scan_csv_mrows_undeduplicated": "one thread, each record a call, as the peers take them",
    "zmq_raw_mrows": "ZeroMQ alone, messages of 64 KiB, received and dropped",
    "zmq_acknowledged_mrows": "ringfence's transport, received, acknowledged and dropped",
    "zmq_end_to_end_mrows": "the same, decoded and judged",
    "zmq_end_to_end_deduplicated_mrows": "the same, told from repetitions before it is judged",
    "zmq_record_bytes": "bytes of a record in those messages",
    "answers_compared": "answers that were compared with another way to find them",
    "oracle_mismatches": "of these, wrong",
}


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bound on a figure or on a ratio of figures of the same turn."""

    key: str
    words: str
    bound: float
    at_least: bool = True

    def met(self, value):
        return value >= self.bound if self.at_least else value <= self.bound


def _at_most(key, words, bound):
    return Bar(key, words, bound, at_least=False)


BARS = [
    Bar("hash_over_limit", "hash path over the limit, T=1", 0.35),
    Bar("direct_over_limit", "direct path over the limit, T=1", 0.50),
    Bar("hash_t2_over_t1", "hash path, T=2 over T=1", 1.8),
    Bar("direct_t2_over_t1", "direct path, T=2 over T=1", 1.8),
    _at_most("bytes_per_number_hash", "bytes per number, hash", 72),
    _at_most("bytes_per_number_direct", "bytes per number, direct", 66),
    _at_most("bytes_per_number_with_features", "bytes per number, with light features", 96),
    Bar("detector_over_redis_zset", "detector T=1 over Redis", 100),
    Bar("detector_t2_over_duckdb_lag", "detector T=2 over DuckDB's best lag", 7),
    Bar("detector_t2_over_duckdb_range", "detector T=2 over DuckDB's best range", 9),
    Bar("detector_t2_over_duckdb_prefilter", "detector T=2 over DuckDB's best prefilter", 3),
    Bar("scan_over_duckdb", "from CSV, T=1, over DuckDB's best form", 6),
    Bar("scan_over_postgresql", "from CSV, T=1, over PostgreSQL", 25),
    Bar("scan_over_sqlite", "from CSV, T=1, over SQLite", 60),
    Bar("zmq_end_to_end_over_raw", "ZeroMQ, decoded and judged, over raw", 0.60),
    _at_most("batch_p99_over_p50", "batch of 4,096 by hash, p99 over p50", 2),
    _at_most("batch_p99_over_p50_direct", "batch of 4,096 direct, p99 over p50", 2),
    _at_most("oracle_mismatches", "wrong answers", 0),
]
