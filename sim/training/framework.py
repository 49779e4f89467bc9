"""The frameworks that train: Keras 3, QKeras with tf-keras, or HGQ2 with Keras 3; a process runs one of them."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "TF_USE_LEGACY_KERAS": "1",  # what QKeras needs; Keras 3 does not care
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    # oneDNN's convolution in TensorFlow 2.21 is wrong for some shapes with one input channel (tests/conv).
    "TF_ENABLE_ONEDNN_OPTS": "0",
}


@dataclass(frozen=True)
class Framework:
    """A version of Keras.

    Attributes:
        keras: Its module.
        objects: Classes that it does not know itself, by name.
    """

    keras: Any
    objects: Mapping[str, Any] = field(default_factory=dict)

    def model(self, description: Mapping[str, Any]) -> Any:
        """A model with initial weights."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras does not expect quantizers where QKeras has them
            return self.keras.models.model_from_json(json.dumps(description), custom_objects=dict(self.objects))

    def file(self, description: Mapping[str, Any], weights: Any) -> bytes:
        """The model as a .keras file, never compiled, so that the file has no state of the training."""
        bare = self.model(description)
        bare.set_weights(weights)
        with TemporaryDirectory(prefix="bxnn-") as folder:
            path = Path(folder) / "model.keras"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the same
                bare.save(path)
            return path.read_bytes()


def framework(training: str) -> Framework:
    """A framework on one thread, which gives the same numbers every time.

    Args:
        training: ``float`` for Keras 3, ``qkeras`` for tf-keras with the layers of QKeras, or ``hgq2``.
    """
    os.environ.update(_ENVIRONMENT)
    objects: dict[str, Any] = {}
    with _silent():
        import tensorflow

        if training == "qkeras":
            import tf_keras as keras
            from qkeras.utils import _add_supported_quantized_objects

            _add_supported_quantized_objects(objects)
        else:
            import keras
    tensorflow.get_logger().setLevel("ERROR")  # every network is another one: of course its functions are traced again
    try:
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        pass  # TensorFlow runs in this process already
    if training == "hgq2":
        from bxnn.sim.training.hgq_model import HgqFramework

        return HgqFramework(keras)
    return Framework(keras, objects)


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing on standard error: TensorFlow's libraries write there before they know that they are to be quiet."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
