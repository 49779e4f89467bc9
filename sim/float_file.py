"""Keras model files as Keras needs them: a description to build from, and a file to load weights from."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PACKAGES = ("keras", "tf_keras", "tensorflow", "qkeras", "hgq", "builtins")
_TRAINING_ONLY = ("_initializer", "_regularizer", "_constraint")
_IN_EVERY_LAYER = ("name", "dtype", "trainable", "batch_input_shape", "batch_shape")
_QKERAS = re.compile(r'"class_name": "([^">]+>)?(Q[A-Z]|quantized_|binary"|ternary")')


def holds_keras(model: Path) -> bool:
    """Whether a model file that the compiler accepted is a Keras file, by its contents."""
    with model.open("rb") as file:
        start = file.read(4)
        if start in (b"PK\x03\x04", b"\x89HDF"):
            return True
        return start[:1] in b"{ \n" and b'"class_name"' in file.read()


def holds_hgq(model: Path) -> bool:
    """Whether a file with a Keras model names classes of HGQ2, without reading more of it."""
    if not model.is_file():
        return False
    if zipfile.is_zipfile(model):
        with zipfile.ZipFile(model) as archive:
            return b'"hgq' in archive.read("config.json")
    return b'"hgq' in model.read_bytes()


@dataclass(frozen=True)
class ModelFile:
    """A model file that the compiler's front end has accepted.

    Attributes:
        description: ``{"class_name": ..., "config": ...}``.
        keras3: Whether Keras 3 wrote it.
        weights: A file from which Keras can load the weights.
    """

    description: dict[str, Any]
    keras3: bool
    weights: Path

    @classmethod
    def read(cls, model: Path, weights: Path | None, folder: Path) -> ModelFile:
        """Read ``.keras``, ``.h5``, or ``.json`` with weights.

        Args:
            model: The model file; its contents decide, not its name.
            weights: Weights file of a ``.json`` model.
            folder: Weights are copied there, with a name that tells Keras their layout.
        """
        import h5py  # in the extra keras, like TensorFlow: nothing is compared without them

        stored = folder / "stored.h5"
        if zipfile.is_zipfile(model):
            with zipfile.ZipFile(model) as archive:
                description = json.loads(archive.read("config.json"))
                writer = json.loads(archive.read("metadata.json")).get("keras_version")
                stored.write_bytes(archive.read("model.weights.h5"))
        elif h5py.is_hdf5(model):
            with h5py.File(model) as file:
                description, writer = json.loads(file.attrs["model_config"]), file.attrs.get("keras_version")
            shutil.copyfile(model, stored)
        else:
            description = json.loads(model.read_bytes())
            writer = description.get("keras_version")
            shutil.copyfile(weights or "", stored)
        with h5py.File(stored) as file:
            by_name = "layer_names" in file.attrs or "model_weights" in file
        kept = stored.replace(folder / ("by_name.h5" if by_name else "numbered.weights.h5"))
        keras3 = str(writer or _writer(description)).startswith("3.")
        return cls(description, keras3, kept)

    @property
    def has_qkeras(self) -> bool:
        """Whether any class in it belongs to QKeras."""
        return not self.has_hgq and _QKERAS.search(json.dumps(self.description)) is not None

    @property
    def has_hgq(self) -> bool:
        """Whether any class in it belongs to HGQ2."""
        return any(_of_hgq(item) for item in layers(self.description))

    def logits(self, linear: Collection[str]) -> dict[str, Any]:
        """The description without a final softmax or sigmoid, and without what matters only in training.

        Inputs and outputs become plain lists, which keep the order that the compiler reads.

        Args:
            linear: Layers of the network whose softmax or sigmoid is not compared, by names that bxnn gives them.

        Raises:
            ValueError: If it names classes from outside Keras, QKeras and HGQ2.
        """
        description = deepcopy(self.description)
        for item in layers(description):
            item["config"] = _inference_only(item, linear)
        config = description["config"]
        for key in ("input_layers", "output_layers"):
            if isinstance(config, dict) and key in config:  # [x, 0, 0], [[x, 0, 0], ...] or {...: [x, 0, 0]}
                value = list(config[key].values()) if isinstance(config[key], dict) else config[key]
                config[key] = [value] if isinstance(value[0], str) else value
        for module in _modules(description):
            if module.split(".")[0] not in _PACKAGES:
                raise ValueError(f"the model names a class of {module}, which is not part of Keras, QKeras or HGQ2")
        return description


def layers(description: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The layers of a model description, those of nested models and of TimeDistributed included.

    Old Sequential models are a plain list of layers.
    """
    found: list[dict[str, Any]] = []
    waiting = [description]
    while waiting:
        config = waiting.pop()["config"]
        for item in config if isinstance(config, list) else config["layers"]:
            own = item["config"]
            if isinstance(own, list) or "layers" in own:
                waiting.append(item)
                continue
            found.append(item)
            if isinstance(own.get("layer"), dict):
                found.append(own["layer"])
    return found


def _of_hgq(item: Mapping[str, Any]) -> bool:
    return str(item.get("module")).split(".")[0] == "hgq" or str(item.get("class_name")).startswith("hgq>")


def _writer(description: Mapping[str, Any]) -> str:
    """The Keras version of a file that does not state it; Keras 3 renamed ``batch_input_shape``."""
    return "3." if '"batch_shape"' in json.dumps(description) else "2."


def _inference_only(item: dict[str, Any], linear: Collection[str]) -> dict[str, Any]:
    """Attributes of a layer; a softmax or sigmoid of one that is listed becomes linear."""
    config: dict[str, Any] = item["config"]
    kept = {key: value for key, value in config.items() if not key.endswith(_TRAINING_ONLY)}
    name = config.get("name")
    if name not in linear and f"{name}_activation" not in linear:
        return kept
    if item["class_name"] == "Softmax":
        item["class_name"] = "Activation"
        for node in item.get("inbound_nodes", ()):
            if isinstance(node, dict):  # Keras 3 writes the arguments of the call, such as Softmax's mask=None
                node["kwargs"] = {}
        return {key: kept[key] for key in _IN_EVERY_LAYER if key in kept} | {"activation": "linear"}
    activation = config.get("activation")
    called = activation if isinstance(activation, dict) else {"config": activation}
    final = not {"softmax", "sigmoid"}.isdisjoint(map(str, (called.get("config"), called.get("class_name"))))
    return kept | {"activation": "linear"} if final else kept


def _modules(value: Any) -> Iterator[str]:
    """Modules from which Keras would import classes; code in the file counts as one."""
    if isinstance(value, Mapping):
        if value.get("class_name") in ("Lambda", "__lambda__"):
            yield "code in the file"
        if isinstance(value.get("module"), str):
            yield value["module"]
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for child in children:
        yield from _modules(child)
