"""The HDF5 reader agrees with libhdf5 on what Keras and h5py write."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np

from bxnn.compiler.frontend.hdf5.hdf5_reader import Hdf5Object, open_hdf5
from tests.frontend.test_models import GOLDEN


def agree(ours: Hdf5Object, theirs: h5py.Group | h5py.Dataset) -> int:
    """Compare attributes, names and numbers, all the way down; returns the number of objects."""
    attributes = ours.attributes()
    assert sorted(attributes) == sorted(theirs.attrs)
    for key, value in attributes.items():
        other = theirs.attrs[key]
        if isinstance(other, np.ndarray):
            other = [item.decode() if isinstance(item, bytes) else item for item in other.tolist()]
            value = list(value)
        assert value == (other.decode() if isinstance(other, bytes) else other)
    if isinstance(theirs, h5py.Dataset):
        array = ours.array()
        assert (array.shape, array.tolist()) == (theirs.shape, theirs[()].tolist())
        return 1
    children = ours.children()
    assert sorted(children) == sorted(theirs)
    return 1 + sum(agree(child, theirs[name]) for name, child in children.items())


def both(data: bytes) -> int:
    with h5py.File(io.BytesIO(data)) as theirs:
        return agree(open_hdf5(data), theirs)


def test_files_of_both_keras_flavours(tfkeras: Path, keras3: Path) -> None:
    files = [*tfkeras.glob("*.h5"), *keras3.glob("*.h5"), *GOLDEN.glob("*.h5")]
    archives = [*tfkeras.glob("*.keras"), *keras3.glob("*.keras"), *GOLDEN.glob("*.keras")]
    stored = [path.read_bytes() for path in files]
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            stored.append(archive.read("model.weights.h5"))
    assert len(stored) >= 20
    assert sum(both(data) for data in stored) > 300


def test_many_groups_and_every_kind_of_number() -> None:
    """Groups for B-trees with several levels, attributes that continue the header, all number types."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for index in range(600):
            file.create_group(f"layers/l{index}/vars")
        for kind in ("f2", "f4", "f8", ">f4", "i1", "i4", "u2", ">i8"):
            file[f"numbers/{kind.replace('>', 'big')}"] = np.arange(6).reshape(2, 3).astype(kind)
        file["numbers/scalar"] = np.float32(2.5)
        file["numbers/empty"] = np.zeros((0, 3), np.float32)
        for index in range(30):
            file.attrs[f"text{index}"] = "ü" * index
            file.attrs[f"list{index}"] = [b"a", b"bcd"] * (index + 1)
    assert both(stream.getvalue()) == 600 * 2 + 2 + 1 + 10
