"""Damaged, hostile and mismatching files result in one line that names the file."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend import load_model
from tests.frontend import handmade as hand

GOOD = hand.sequential(hand.dense("fc1", 2))


def message(path: Path, weights: Path | None = None) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path, weights)
    return str(caught.value)


def with_weights(folder: Path, stored: bytes, config: Any = GOOD) -> str:
    return message(*hand.write(folder, config, stored))


def file(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def test_the_good_model_loads(tmp_path: Path) -> None:
    graph = load_model(*hand.write(tmp_path, GOOD))
    assert [layer.name for layer in graph.layers] == ["x", "fc1", "fc1_activation"]


def test_paths(tmp_path: Path) -> None:
    model, weights = hand.write(tmp_path, GOOD)
    assert message(tmp_path / "no.keras") == "no.keras: no such file"
    assert message(model, tmp_path / "no.h5") == "no.h5: no such file"
    assert message(model) == "m.json: holds no weights; give the weights file with --weights W.h5"
    assert message(file(tmp_path, "m.txt", b"")) == "m.txt: is not a .keras, .h5, .json or .onnx file"
    (tmp_path / "d.h5").mkdir()
    assert message(tmp_path / "d.h5") == "d.h5: is a folder, not a model file"
    assert message(weights, weights) == "w.h5: contains its weights; --weights is for .json files only"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not valid JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[]", "its JSON is a list, not the description of a Keras model"),
        ("null", "its JSON is a null, not the description of a Keras model"),
        ("{}", "describes a None; only Sequential and functional Keras models are supported"),
        ("[" * 50_000, "its JSON is nested deeper than 100 levels"),
        ("[" * 200 + "]" * 200, "its JSON is nested deeper than 100 levels"),
        (f'{{"a": {1 << 70}}}', "its JSON holds an integer of more than 62 bits"),
        ('{"class_name": "Sequential", "config": 3}', "describes a model without layers"),
        (
            '{"class_name": "Sequential", "config": [3]}',
            "one of its layers has no class_name or config; the model file is damaged",
        ),
    ],
)
def test_json(tmp_path: Path, text: str, problem: str) -> None:
    assert message(*hand.write(tmp_path, text)) == f"m.json: {problem}"


def test_json_that_is_not_text(tmp_path: Path) -> None:
    _, weights = hand.write(tmp_path, GOOD)
    assert message(file(tmp_path, "b.json", b"\xff\xfe"), weights).startswith("b.json: is not valid JSON: ")


def test_weights_that_do_not_match(tmp_path: Path) -> None:
    kernel, bias = np.zeros((3, 2)), np.zeros(2)
    assert with_weights(tmp_path, hand.weights(fc1__kernel=kernel)) == (
        "fc1 (QDense): weight 'bias' is missing from the weights file"
    )
    assert with_weights(tmp_path, hand.weights(fc1__kernel=kernel.T, fc1__bias=bias)) == (
        "fc1 (QDense): weight 'kernel' has shape (2, 3), but the model needs (3, 2)"
    )
    assert with_weights(tmp_path, hand.weights(fc1__kernel=kernel, fc1__bias=bias, fc2__kernel=kernel)) == (
        "w.h5: holds weights of 'fc2', which is not a layer of the model"
    )
    assert with_weights(tmp_path, hand.weights(fc1__kernel=kernel, fc1__bias=bias, fc1__gamma=bias)) == (
        "fc1 (QDense): w.h5 has a weight 'gamma' for it, which the layer does not have"
    )
    bad = np.array([[np.nan, 1], [np.inf, 2], [3, -np.inf]])
    assert with_weights(tmp_path, hand.weights(fc1__kernel=bad, fc1__bias=bias)) == (
        "fc1 (QDense): weight 'kernel' has 3 values that are not finite; train the model again or repair the file"
    )


def test_numbered_weights_that_do_not_match(tmp_path: Path) -> None:
    def numbered(name: str, count: int) -> bytes:
        stream = io.BytesIO()
        with h5py.File(stream, "w") as stored:
            group = stored.create_group("layers/q_dense/vars")
            group.attrs["name"] = name
            for index in range(count):
                group[str(index)] = np.zeros(2, np.float32)
        return stream.getvalue()

    assert with_weights(tmp_path, numbered("other", 2)) == "w.h5: holds weights of 'other' where the model has 'fc1'"
    assert with_weights(tmp_path, numbered("fc1", 3)) == "fc1 (QDense): w.h5 holds 3 weights for it; it has 2"


def test_hdf5_that_is_damaged_or_hostile(tmp_path: Path) -> None:
    prefix = "w.h5: cannot be read as a Keras HDF5 file: "
    good = hand.good_weights()
    assert with_weights(tmp_path, b"") == prefix + "it is not an HDF5 file"
    assert with_weights(tmp_path, good[:-600]).startswith(prefix + "it refers to byte ")
    looped = good.replace(b"HEAP", b"PAEH")
    assert " should start a HEAP block; it is damaged" in with_weights(tmp_path, looped)


def test_hdf5_links_are_not_followed(tmp_path: Path) -> None:
    """Soft links in a circle, an external link to a real file, a dataset stored in another file, hard-link cycles."""
    secret = file(tmp_path, "secret.h5", hand.good_weights())
    (tmp_path / "raw").write_bytes(bytes(24))
    stream = io.BytesIO()
    with h5py.File(stream, "w") as stored:
        stored["fc1/loop"] = h5py.SoftLink("/fc1/loop2")
        stored["fc1/loop2"] = h5py.SoftLink("/fc1/loop")
        stored["fc1/kernel:0"] = h5py.SoftLink("/elsewhere")
    assert with_weights(tmp_path, stream.getvalue()) == "fc1 (QDense): weight 'kernel' is missing from the weights file"
    path = tmp_path / "e.h5"
    with h5py.File(path, "w") as stored:
        stored["fc1"] = h5py.ExternalLink(str(secret), "/fc1")
    assert "fc1 (QDense): weight 'kernel' is missing" in with_weights(tmp_path, path.read_bytes()) or (
        "HDF5 features" in with_weights(tmp_path, path.read_bytes())
    )
    with h5py.File(path, "w") as stored:
        stored.create_dataset("fc1/kernel:0", (3, 2), "f4", external=[(str(tmp_path / "raw"), 0, 24)])
    assert with_weights(tmp_path, path.read_bytes()) == (
        "w.h5: cannot be read as a Keras HDF5 file: 'fc1/kernel:0' is stored in another file, which is not read"
    )
    with h5py.File(path, "w") as stored:
        stored["fc1/again"] = stored.create_group("fc2")
        stored["fc2/back"] = stored["fc1"]
    assert "is nested deeper than 16 levels" in with_weights(tmp_path, path.read_bytes())


@pytest.mark.parametrize("options", [{"chunks": (2, 2)}, {"compression": "gzip"}])
def test_hdf5_layouts_that_keras_does_not_write(tmp_path: Path, options: dict[str, Any]) -> None:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as stored:
        stored.create_dataset("fc1/kernel:0", data=np.zeros((3, 2), np.float32), **options)
    assert with_weights(tmp_path, stream.getvalue()).endswith(
        "it uses HDF5 features that Keras does not use by default; save the model again with Keras"
    )


def test_a_value_that_claims_a_terabyte(tmp_path: Path) -> None:
    stored = hand.good_weights().replace(struct.pack("<QQ", 3, 2), struct.pack("<QQ", 1 << 20, 1 << 20))
    assert with_weights(tmp_path, stored) == (
        "w.h5: cannot be read as a Keras HDF5 file: a value of shape (1048576, 1048576) claims more than 128 MiB"
    )


def test_whole_models(tmp_path: Path) -> None:
    assert message(file(tmp_path, "m.h5", hand.good_weights())) == (
        "m.h5: holds no model description; if it holds weights only, compile the model's .json with --weights"
    )
    stream = io.BytesIO()
    with h5py.File(stream, "w") as stored:
        stored.attrs["model_config"] = json.dumps(GOOD)
    assert message(file(tmp_path, "n.h5", stream.getvalue())) == (
        "n.h5: holds no weights (group model_weights is missing)"
    )


def test_archives(tmp_path: Path) -> None:
    good = hand.keras_file(GOOD, hand.good_weights())
    assert load_model(file(tmp_path, "g.keras", good)).name == "g"
    assert message(file(tmp_path, "t.keras", good[:-30])).startswith(
        "t.keras: is not a .keras (zip) file or is damaged: "
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("metadata.json", "{}")
    assert message(file(tmp_path, "e.keras", stream.getvalue())) == (
        "e.keras: holds no config.json; it is not a .keras file or is damaged"
    )


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (65 << 20))
    assert message(file(tmp_path, "z.keras", stream.getvalue())) == (
        f"z.keras: its config.json claims {65 << 20} bytes; the limit is {16 << 20}"
    )
