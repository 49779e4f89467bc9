"""hls4ml models from files, for one of its back ends."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # for qkeras, from which hls4ml gets quantizers


def convert(files: tuple[Path, Path], folder: Path, backend: str, hls_config: dict[str, Any], **options: Any) -> Any:
    """An hls4ml ModelGraph from hls4ml's own reader of Keras 2 files, as made by ``convert_from_keras_model``."""
    from hls4ml.converters import keras_v2_to_hls
    from hls4ml.utils.config import create_config

    config = create_config(output_dir=str(folder), project_name="net", backend=backend, **options)
    model = {"Precision": "fixed<16,6>", "ReuseFactor": 1, **hls_config.get("Model", {})}
    config["HLSConfig"] = copy.deepcopy({**hls_config, "Model": model})
    config["KerasJson"], config["KerasH5"] = map(str, files)
    return keras_v2_to_hls(config)
