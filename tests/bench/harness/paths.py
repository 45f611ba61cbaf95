"""Where the release build puts what is measured."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
BENCH = ROOT / "build" / "release" / "tests" / "bench"
RINGFENCE = ROOT / "build" / "release" / "tools" / "ringfence" / "ringfence"
LOAD = BENCH / "ingest" / "ingest_load"
