#!/usr/bin/env python3
"""What tools/bench runs once it has built: one of the drivers below."""

import importlib
import os
import sys

from harness.server import Failure

# The first word, what follows it is the driver's.
DRIVERS = {
    "document": "document",
    "growth": "growth.growth",
    "half-open": "half_open",
    "ingest": "ingest.ingest",
    "instructions": "instructions",
    "peers": "peers.peers",
    "restart": "restart.restart",
    "side-by-side": "side_by_side",
}


def main():
    words = sys.argv[1:]
    if words and words[0] in DRIVERS:
        name, words = DRIVERS[words[0]], words[1:]
    else:
        name = "micro" if any(word.startswith("--filter") for word in words) else "side_by_side"
    try:
        importlib.import_module(name).main(words)
    except Failure as failure:
        print(f"tools/bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
