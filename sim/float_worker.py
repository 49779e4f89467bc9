"""Runs a model file in TensorFlow, in a separate process: ``python -m bxnn.sim.float_worker JOB.json``.

The model is built from the description in its file, with two changes: a softmax or sigmoid becomes linear where the
firmware outputs logits, and what matters only in training is left out. The framework then
loads the weights in its own way. A second model has the same weights and no quantizers.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.sim.float_file import ModelFile, layers

Floats = NDArray[np.float32]

_BATCH_EVENTS = 4096
_TITLES = {
    "hgq2": "HGQ2",
    "qkeras": "QKeras",
    "qkeras-v3": "QKeras-v3",
    "keras": "Keras",
    "tf-keras": "tf-keras",
}


@dataclass(frozen=True)
class Job:
    """What to run. The folder contains ``inputs.npz``; ``outputs.npz`` and ``result.json`` are written there.

    Attributes:
        model: ``.keras``, ``.h5`` or ``.json``.
        weights: Weights file of a ``.json`` model.
        folder: Where inputs, outputs and weights go. Arrays are float32, events first: ``exact_<i>`` are
            inputs of the model in its order, ``real_<i>`` those of its unquantized twin; outputs likewise.
        linear: Layers of which a softmax or sigmoid is not compared.
    """

    model: str
    weights: str | None
    folder: str
    linear: Sequence[str] = ()

    def save(self) -> Path:
        """Write as JSON."""
        path = Path(self.folder) / "job.json"
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        return path


class MissingPackageError(Exception):
    """The model needs a package that is not installed."""


class NoTwinError(Exception):
    """The model has an activation that is meaningless without its quantizer."""


@dataclass(frozen=True)
class Framework:
    """The packages that run a model file.

    Attributes:
        keras: Module ``keras``: Keras 3, or tf-keras under that name.
        objects: QKeras classes by name, empty without QKeras.
        reference: Names and versions for the report.
    """

    keras: Any
    objects: dict[str, Any]
    reference: str

    @classmethod
    def load(cls, file: ModelFile) -> Framework:
        """Import what the file needs; TensorFlow reads only once, on import, which Keras to use."""
        qkeras = ("qkeras-v3" if file.keras3 else "qkeras") if file.has_qkeras else None
        keras_name = "hgq2" if file.has_hgq else "keras" if file.keras3 else "tf-keras"
        name = qkeras or keras_name
        os.environ |= {"TF_USE_LEGACY_KERAS": "0" if file.keras3 else "1", "KERAS_BACKEND": "tensorflow"}
        try:
            used = f"{_TITLES[name]} {version(name)}"
            tensorflow = importlib.import_module("tensorflow")  # of whichever package: tensorflow-cpu has it, too
        except ModuleNotFoundError as error:  # which a package without metadata is, too
            raise MissingPackageError(f"{error.name} is not installed") from error
        keras = importlib.import_module("keras") if file.keras3 else tensorflow.keras
        objects: dict[str, Any] = {}
        if file.has_hgq:
            importlib.import_module("hgq.layers")  # registers its classes
        if qkeras:  # which looks for a module that Keras 3 does not have, and would import all of Keras 3 for that
            sys.modules.setdefault("keras.engine", ModuleType("keras.engine"))
            _restore_names()
            importlib.import_module("qkeras.utils")._add_supported_quantized_objects(objects)
        return cls(keras, objects, f"{used} on TensorFlow {tensorflow.__version__}")

    def build(self, file: ModelFile, shapes: Sequence[tuple[int, ...]], linear: Sequence[str]) -> Any:
        """The model that outputs logits, with weights not loaded yet.

        ``model_from_json`` would take ``Sequential`` from whichever of Keras 3 and tf-keras registered it
        last, so the class is specified here.
        """
        description = file.logits(linear)
        kind = self.keras.Sequential if description["class_name"] == "Sequential" else self.keras.Model
        with self.keras.utils.custom_object_scope(self.objects):
            for item in layers(description):
                activation = item["config"].get("activation")
                if item["class_name"] == "QActivation" and isinstance(activation, dict):
                    # QKeras itself would call the dictionary.
                    item["config"]["activation"] = importlib.import_module("qkeras").get_quantizer(activation)
            model = kind.from_config(description["config"])
        if not model.built:
            model.build((None, *shapes[0]))
        return model


def remove_quantizers(model: Any) -> None:
    """Make a freshly built model compute with its weights as trained.

    Raises:
        NoTwinError: If it has an activation that is meaningless without its quantizer.
    """
    for layer in _single_layers(model):
        if type(layer).__module__.split(".")[0] == "hgq":
            raise NoTwinError(f"{layer.name}: a layer of HGQ2 has no unquantized counterpart")
        owner = getattr(layer, "cell", layer)  # of a recurrent layer, all is in its cell
        for name in [name for name in vars(owner) if name.endswith("_quantizer")]:
            setattr(owner, name, None)
        if callable(getattr(owner, "recurrent_activation", None)):
            owner.recurrent_activation = _unquantized(layer.name, owner.recurrent_activation)
        for name in ("quantizer", "activation"):  # a QActivation has both and calls the first
            if callable(getattr(owner, name, None)):
                setattr(owner, name, _unquantized(layer.name, getattr(owner, name)))
                break


def _single_layers(model: Any) -> Iterator[Any]:
    """All layers of a model and of the models and wrappers inside it."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _single_layers(layer)
        elif type(layer).__name__ == "TimeDistributed":
            yield layer.layer
        else:
            yield layer


def _restore_names() -> None:
    """Names by which the recurrent layers of QKeras 0.9 call functions that TensorFlow has moved."""
    nest = importlib.import_module("tensorflow.python.util.nest")
    operations = importlib.import_module("tensorflow.python.ops.array_ops")
    for module, name, function in (
        (nest, "is_sequence", nest.is_nested),
        (operations, "unstack", importlib.import_module("tensorflow").unstack),
    ):
        if not hasattr(module, name):
            setattr(module, name, function)


def _unquantized(owner: str, function: Any) -> Any:
    """The limit of a quantizer for infinitely many bits: its steps vanish, but its saturation range remains.

    Networks are trained to saturate. Without the range, the accuracy of the third-party jet tagger falls from
    0.773 to 0.708, which says nothing about the price of its bits.

    Source: ``quantized_relu`` and ``quantized_bits`` of QKeras 0.9; they end at ``2**integer`` at any width.
    """
    kind = type(function).__name__
    if type(function).__module__.split(".")[0] != "qkeras":
        return function
    tensorflow = importlib.import_module("tensorflow")
    if kind == "quantized_relu":
        slope, end = float(function.negative_slope), 2.0 ** int(function.integer)
        return lambda x: tensorflow.clip_by_value(tensorflow.maximum(x, slope * x), -slope * end, end)
    if kind in ("quantized_bits", "quantized_linear") and int(function.bits) > 1:
        alpha = function.alpha if isinstance(function.alpha, int | float) else 1.0
        end = alpha * 2.0 ** int(function.integer)
        return lambda x: tensorflow.clip_by_value(x, -end if function.keep_negative else 0.0, end)
    raise NoTwinError(f"{owner}: {kind} has no unquantized counterpart")


def _run(model: Any, inputs: Sequence[Floats]) -> list[Floats]:
    """Outputs of a model in its order.

    Layers run one by one: if compiled into one graph, TensorFlow would refuse names such as ``fc 1``.
    """
    single = type(model).__name__ == "Sequential"
    batches = []
    for start in range(0, len(inputs[0]), _BATCH_EVENTS):
        batch = [array[start : start + _BATCH_EVENTS] for array in inputs]
        result = model(batch[0] if single else batch, training=False)
        results = result if isinstance(result, list | tuple) else [result]
        batches.append([np.asarray(array, np.float32) for array in results])
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def work(job: Job) -> dict[str, str | None]:
    """Run the model and its twin; returns what goes to ``result.json``."""
    folder = Path(job.folder)
    with np.load(folder / "inputs.npz", allow_pickle=False) as stored:
        count = len(stored.files) // 2
        exact, real = ([stored[f"{kind}_{index}"] for index in range(count)] for kind in ("exact", "real"))
    file = ModelFile.read(Path(job.model), Path(job.weights) if job.weights else None, folder)
    try:
        framework = Framework.load(file)
    except MissingPackageError as error:
        return {"missing": str(error)}
    shapes = [array.shape[1:] for array in exact]
    model, twin = (framework.build(file, shapes, job.linear) for _ in range(2))
    model.load_weights(str(file.weights))
    file.weights.unlink()
    twin.set_weights(model.get_weights())
    outputs = {f"exact_{index}": array for index, array in enumerate(_run(model, exact))}
    reason = None
    try:
        remove_quantizers(twin)
        outputs |= {f"real_{index}": array for index, array in enumerate(_run(twin, real))}
    except NoTwinError as error:
        reason = str(error)
    np.savez(folder / "outputs.npz", **outputs)  # type: ignore[arg-type]
    return {"missing": None, "reference": framework.reference, "no_twin": reason}


def main(arguments: Sequence[str]) -> int:
    """Run the job; the last line of the log says in one line what failed."""
    job = Job(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    try:
        result = work(job)
    except Exception as error:  # anything that Keras may raise on a file that it cannot read
        traceback.print_exc()
        words = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split())
        sys.stderr.write(f"{type(error).__name__}: {words}\n")
        return 1
    (Path(job.folder) / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
