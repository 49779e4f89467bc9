"""Run in a separate process: evaluate QKeras classes on arrays.

Usage: qkeras_oracle.py REQUEST.npz RESULT.npz.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import qkeras
import tensorflow as tf


def evaluate(name: str, arguments: dict[str, Any], x: Any) -> Any:
    """The class's own result.

    TensorFlow cannot raise an integer 2 to a negative power, so QKeras 0.9 fails for a negative ``integer``;
    scaling input and output by a power of two, exactly, replaces it. With one bit, ``integer`` is not
    used.
    """
    signs = name == "quantized_bits" and arguments["bits"] == 1 and arguments.get("keep_negative", True)
    scale = 1.0 if signs else 2.0 ** min(arguments.get("integer", 0), 0)
    arguments = {key: max(value, 0) if key == "integer" else value for key, value in arguments.items()}
    quantizer = getattr(qkeras, name)(**arguments)
    return quantizer(tf.constant(x / np.float32(scale))).numpy() * np.float32(scale)


def main(request: Path, result: Path) -> None:
    """Compute every case of the request."""
    with np.load(request) as stored:
        arrays = dict(stored)
    cases = json.loads(arrays.pop("cases").item())
    np.savez(result, *[evaluate(name, arguments, arrays[key]) for name, arguments, key in cases])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
