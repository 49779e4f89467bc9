"""Time bxnn's prediction inside one Python process, through the public API; prints one line of JSON.

Usage: python -m bench.time_predict BUILD x.npy
"""

from __future__ import annotations

import importlib
import json
import sys
import time

import numpy as np


def main() -> None:
    """Load the build, predict once on a few events to warm up, then time the whole batch."""
    bxnn = importlib.import_module("bxnn")
    build, inputs = sys.argv[1:]
    x = np.load(inputs)
    start = time.perf_counter()
    network = bxnn.load(build)
    load_seconds = time.perf_counter() - start
    predict = network.predict if hasattr(network, "predict") else lambda batch: bxnn.predict(network, batch)
    predict(x[:16])
    start = time.perf_counter()
    predict(x)
    seconds = time.perf_counter() - start
    print(json.dumps({"events": len(x), "load_seconds": load_seconds, "predict_seconds": seconds}))


if __name__ == "__main__":
    main()
