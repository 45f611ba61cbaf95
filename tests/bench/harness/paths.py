"""Where the release build, or that of RINGFENCE_BUILD, has what is measured."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("RINGFENCE_BUILD", ROOT / "build" / "release"))
BENCH = BUILD / "tests" / "bench"
RINGFENCE = BUILD / "tools" / "ringfence" / "ringfence"
LOAD = BENCH / "ingest" / "ingest_load"
