"""Reading events: what fits the network is read, anything else gives one line that says what is wrong and where."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import DataError
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.events import check_values, read_events, write_outputs
from bxnn.sim.reference import Reference
from tests.ir.networks import dense, network, source

KERNEL = np.array([[1, 2], [3, 4], [5, 6]])


@pytest.fixture(scope="module")
def reference() -> Reference:
    graph = network(source("x", 3), dense("y", "x", KERNEL))
    return Reference(run(graph, PIPELINE, PassOptions()))


def save(folder: Path, name: str, **arrays: Any) -> Path:
    path = folder / name
    if path.suffix == ".npy":
        np.save(path, arrays["x"])
    else:
        np.savez(path, **arrays)
    return path


def test_events_and_labels_are_read(reference: Reference, tmp_path: Path) -> None:
    values = np.arange(12).reshape(4, 3) / 8
    for path, names in ((save(tmp_path, "a.npy", x=values), 0), (save(tmp_path, "a.npz", x=values, y=[1, 2, 3, 4]), 1)):
        found, labels = read_events(path, reference, 3)
        assert list(found) == ["x"] and np.array_equal(found["x"], values[:3])
        assert (labels is None) == (names == 0)
        assert labels is None or labels.tolist() == [1, 2, 3]
    half, _ = read_events(save(tmp_path, "h.npy", x=values.astype(np.float16)), reference)
    whole, _ = read_events(save(tmp_path, "i.npy", x=np.ones((2, 3), np.int8)), reference)
    assert half["x"].dtype == np.float32 and np.array_equal(half["x"], values)
    assert whole["x"].dtype == np.float64 and np.array_equal(whole["x"], np.ones((2, 3)))


NOT_FINITE = "2 elements that are not finite; the first is nan (event 1, element 1)"
ONE_NOT_FINITE = "1 element that is not finite; the first is -inf (event 1, element 1)"
NAN = np.array([[1.0, 2.0, 3.0], [4.0, np.nan, np.inf]])


@pytest.mark.parametrize(
    ("name", "arrays", "events", "problem"),
    [
        (
            "x.npy",
            {"x": NAN},
            None,
            "array for x has 2 elements that are not finite; the first is nan (event 1, element 1)",
        ),
        ("x.npy", {"x": np.ones((2, 4))}, None, "array for x has shape (2, 4), but the network takes (events, 3)"),
        ("x.npy", {"x": np.ones(3)}, None, "array for x has shape (3,), but the network takes (events, 3)"),
        ("x.npy", {"x": np.ones((2, 3), bool)}, None, "array for x has dtype bool; use a real or integer type"),
        ("x.npy", {"x": np.ones((2, 3))}, 5, "contains 2 events, but 5 are requested"),
        ("x.npy", {"x": np.ones((0, 3))}, None, "contains no events"),
        ("x.npz", {"z": np.ones((2, 3))}, None, "has no array 'x'; it has z"),
        ("x.npz", {"x": np.ones((2, 3)), "y": np.ones(3)}, None, "contains 2 events but 3 labels y"),
        (
            "x.npz",
            {"x": np.ones((2, 3)), "y": np.array(1)},
            None,
            "labels y are a single value without an axis; give one label per event",
        ),
        (
            "x.npz",
            {"x": np.ones((2, 3)), "y": np.array(["a", "b"])},
            None,
            "labels y have dtype <U1; use class numbers or one-hot vectors",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    reference: Reference, tmp_path: Path, name: str, arrays: dict[str, Any], events: int | None, problem: str
) -> None:
    path = save(tmp_path, name, **arrays)
    with pytest.raises(DataError) as caught:
        read_events(path, reference, events)
    assert (caught.value.subject, caught.value.problem) == (str(path), problem)


def test_files_that_are_none(reference: Reference, tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"PK but no archive")
    (tmp_path / "x.txt").write_text("1 2 3")
    for name, problem in (
        ("broken.npz", "cannot be read as .npz: "),
        ("x.txt", "is neither .npy nor .npz"),
        ("missing.npy", "no such file"),
    ):
        with pytest.raises(DataError) as caught:
            read_events(tmp_path / name, reference)
        assert caught.value.problem.startswith(problem), name
        assert "\n" not in str(caught.value)


def test_objects_are_not_loaded(reference: Reference, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(DataError) as caught:
        read_events(tmp_path / "x.npy", reference)
    assert caught.value.problem.startswith("cannot be read as .npy: ")


def test_values_given_in_python(reference: Reference) -> None:
    with pytest.raises(DataError) as caught:
        check_values(NAN, reference)
    assert str(caught.value) == f"inputs: array for x has {NOT_FINITE}"


def test_outputs_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    one, two = {"y": np.ones((2, 1))}, {"y": np.ones((2, 1)), "z": np.zeros((2, 1))}
    write_outputs(tmp_path / "y.npy", one)
    write_outputs(tmp_path / "both.npz", two)
    assert np.array_equal(np.load(tmp_path / "y.npy"), one["y"])
    assert sorted(np.load(tmp_path / "both.npz").files) == ["y", "z"]
    with pytest.raises(DataError) as caught:
        write_outputs(tmp_path / "both.npy", two)
    assert caught.value.problem == "the network has 2 outputs; name a .npz file"
    with pytest.raises(DataError) as caught:
        write_outputs(tmp_path / "nowhere" / "y.npy", one)
    assert caught.value.problem == "cannot be written: No such file or directory"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["both.npz", "y.npy"]
