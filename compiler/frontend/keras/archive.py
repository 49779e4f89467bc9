"""From files to a model description and its weight arrays; nothing in them is executed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bxnn.compiler import limits
from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.file_kinds import other_kind
from bxnn.compiler.frontend.hdf5.hdf5_bytes import Hdf5Error
from bxnn.compiler.frontend.hdf5.hdf5_reader import open_hdf5
from bxnn.compiler.frontend.keras.keras_weights import WeightFile
from bxnn.compiler.frontend.model_file import read_model_file
from bxnn.compiler.zip_member import ZIP_ERRORS, open_member

_HDF5_SIGNATURE = b"\x89HDF"
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Archive:
    """A model file that has been read.

    Attributes:
        file: Name of the file, the subject of errors about the whole model.
        config: ``{"class_name": ..., "config": ...}`` of the model; untrusted.
        weights: Where the weights are.
    """

    file: str
    config: dict[str, Any]
    weights: WeightFile


def read_archive(path: Path, weights: Path | None) -> Archive:
    """Read ``.keras``, ``.h5``, or ``.json`` with weights.

    Raises:
        ModelError: If a file is missing, damaged or of a different kind.
    """
    suffix = path.suffix.lower()
    if (problem := other_kind(path)) is not None:
        raise ModelError(path.name, problem)
    if suffix not in (".keras", ".h5", ".hdf5", ".json"):
        raise ModelError(path.name, "is not a .keras, .h5, .json or .onnx file")
    if suffix == ".json" and weights is None:
        raise ModelError(path.name, "holds no weights; give the weights file with --weights W.h5")
    data = read_model_file(path)
    if suffix == ".json":
        assert weights is not None
        return Archive(path.name, parse_json(path.name, data), _weight_file(weights.name, read_model_file(weights)))
    if weights is not None:
        raise ModelError(path.name, "contains its weights; --weights is for .json files only")
    if suffix == ".keras" and not data.startswith(_HDF5_SIGNATURE):
        config = parse_json(path.name, _unzip(path.name, data, "config.json", limits.MODEL_JSON_BYTES))
        stored = _unzip(path.name, data, "model.weights.h5", limits.MODEL_FILE_BYTES)
        return Archive(path.name, config, _weight_file(path.name, stored))
    return _whole_model(path.name, data)


def parse_json(subject: str, data: bytes) -> dict[str, Any]:
    """A JSON object without huge integers or absurdly deep nesting; Keras also writes ``Infinity``.

    Raises:
        ModelError: If the bytes are anything else.
    """
    if len(data) > limits.MODEL_JSON_BYTES:
        raise ModelError(subject, f"its model description is larger than {limits.MODEL_JSON_BYTES >> 20} MiB")
    if sum(map(data.count, (b"[", b"{", b","))) > limits.MODEL_JSON_VALUES:
        raise ModelError(subject, f"its model description contains more than {limits.MODEL_JSON_VALUES} values")
    try:
        value = json.loads(data.decode("utf-8"))
    except RecursionError as error:
        raise ModelError(subject, f"its JSON is nested deeper than {limits.MODEL_JSON_DEPTH} levels") from error
    except ValueError as error:
        raise ModelError(subject, f"is not valid JSON: {error}") from error
    _check_json(subject, value)
    if not isinstance(value, dict):
        raise ModelError(subject, f"its JSON is a {_json_type(value)}, not the description of a Keras model")
    return value


def _check_json(subject: str, value: Any) -> None:
    level, depth = [value], 0
    while level:
        if depth > limits.MODEL_JSON_DEPTH:
            raise ModelError(subject, f"its JSON is nested deeper than {limits.MODEL_JSON_DEPTH} levels")
        for item in level:
            if isinstance(item, int) and abs(item) > limits.MODEL_INTEGER:
                raise ModelError(subject, "its JSON holds an integer of more than 62 bits")
        containers = [item for item in level if isinstance(item, dict | list)]
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
        depth += 1


def _json_type(value: Any) -> str:
    return {list: "list", str: "string", bool: "boolean", type(None): "null"}.get(type(value), "number")


def _unzip(subject: str, data: bytes, member: str, limit: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if member not in archive.namelist():
                raise ModelError(subject, f"holds no {member}; it is not a .keras file or is damaged")
            declared = archive.getinfo(member).file_size
            if declared > limit:
                raise ModelError(subject, f"its {member} claims {declared} bytes; the limit is {limit}")
            with open_member(archive, member) as stream:
                return stream.read(limit)
    except ZIP_ERRORS as error:
        raise ModelError(subject, f"is not a .keras (zip) file or is damaged: {error}") from error


def _whole_model(subject: str, data: bytes) -> Archive:
    root = hdf5(subject, lambda: open_hdf5(data))
    attributes = hdf5(subject, root.attributes)
    config = attributes.get("model_config")
    if not isinstance(config, str):
        raise ModelError(
            subject,
            "holds no model description; if it holds weights only, compile the model's .json with --weights",
        )
    group = hdf5(subject, lambda: root.group("model_weights"))
    if group is None:
        raise ModelError(subject, "holds no weights (group model_weights is missing)")
    return Archive(subject, parse_json(subject, config.encode()), hdf5(subject, lambda: WeightFile(subject, group)))


def _weight_file(subject: str, data: bytes) -> WeightFile:
    return hdf5(subject, lambda: WeightFile(subject, open_hdf5(data)))


def hdf5(subject: str, read: Callable[[], _Result]) -> _Result:
    """Run a reader, with the file as the subject of its errors."""
    try:
        return read()
    except Hdf5Error as error:
        raise ModelError(subject, f"cannot be read as a Keras HDF5 file: {error}") from error
