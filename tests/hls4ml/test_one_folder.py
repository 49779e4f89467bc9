"""Models of hls4ml with the same ``output_dir``, as with a notebook cell that is run again."""

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import InputError
from tests.frontend.handmade import functional, weights, write
from tests.hls4ml.models import convert
from tests.hls4ml.networks import image
from tests.hls4ml.small import FC1, TYPES

EVENTS = np.random.default_rng(2).integers(-64, 64, (20, 4)) / 16
BIAS = np.array([0.5, -0.25, 1.0])


def kernel_of(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-16, 16, (4, 3)) / 16


def model_of(folder: Path, seed: int) -> Any:
    """One Dense layer; names, types and ``output_dir`` are the same for every seed."""
    own = folder / f"model{seed}"
    own.mkdir(exist_ok=True)
    architecture = functional([image("x", 4), FC1], {"fc1": ["x"]}, ["fc1"])
    files = write(own, architecture, weights(fc1__kernel=kernel_of(seed), fc1__bias=BIAS))
    return convert(files, folder / "build", "bxnn", {"LayerName": TYPES})


def answers(model: Any, seed: int) -> bool:
    return bool(np.array_equal(model.predict(EVENTS), EVENTS @ kernel_of(seed) + BIAS))


def test_every_model_answers_for_itself(tmp_path: Path) -> None:
    """In any order: one compiled later, one compiled again, and those compiled before."""
    models: dict[int, Any] = {}
    for seed in np.random.default_rng(5).permutation([1, 2, 1, 3]).tolist():
        models[seed] = model_of(tmp_path, seed)
        models[seed].compile()
        for owner, model in models.items():
            assert answers(model, owner), (owner, seed)


def test_the_folder_of_another_model(tmp_path: Path) -> None:
    """Methods that need the files themselves say so; compiling again helps."""
    first, second = model_of(tmp_path, 1), model_of(tmp_path, 2)
    with pytest.raises(InputError) as caught:
        first.predict(EVENTS)
    assert str(caught.value) == "net: is not compiled; call compile() first"
    first.write()
    second.compile()
    advice = "call compile() of this model again, or give each model its own output_dir"
    for name, arguments in (("predict", {"x": EVENTS}), ("build", {"events": 2})):
        with pytest.raises(InputError) as caught:
            getattr(first, name)(**arguments)
        problem = "holds another build, as it was compiled again"
        assert str(caught.value) == f"{tmp_path / 'build'}: {problem}; {advice}"
    assert answers(second, 2)
    first.compile()
    assert answers(first, 1)


def test_a_model_that_is_refused_answers_nothing(tmp_path: Path) -> None:
    model = model_of(tmp_path, 1)
    model.compile()
    model.config.config["ClockPeriod"] = 0
    with pytest.raises(InputError):
        model.compile()
    with pytest.raises(InputError) as caught:
        model.predict(EVENTS)
    assert str(caught.value) == "net: is not compiled; call compile() first"


def test_files_of_the_user_stay_in_the_folder(tmp_path: Path) -> None:
    """A model that was saved beside its build is there afterwards, also when the build is made again."""
    model, kept = model_of(tmp_path, 1), tmp_path / "build" / "vhdl" / "mine.keras"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"mine")
    for _ in range(2):
        model.compile()
        assert answers(model, 1) and kept.read_bytes() == b"mine"


def test_a_file_of_the_user_in_the_way_is_refused(tmp_path: Path) -> None:
    """It is never replaced, and nothing is written beside it."""
    model, kept = model_of(tmp_path, 1), tmp_path / "build" / "report.json"
    kept.parent.mkdir()
    kept.write_text("mine")
    with pytest.raises(InputError) as caught:
        model.compile()
    what = "is in the way and not written by bxnn; move it elsewhere, or name another folder"
    assert str(caught.value) == f"{kept}: {what}"
    assert kept.read_text() == "mine" and list(kept.parent.iterdir()) == [kept]


def test_an_archive_of_the_folder(tmp_path: Path) -> None:
    """``write_tar``: all files, equal for equal builds; one that bxnn did not write is not replaced."""
    model, path = model_of(tmp_path, 1), tmp_path / "build.tar.gz"
    model.config.config["WriterConfig"] = {"WriteTar": True}
    path.write_bytes(b"mine")
    with pytest.raises(InputError) as caught:
        model.write()
    problem = f"WriterConfig: WriteTar True would replace {path}, which bxnn did not write"
    assert str(caught.value) == f"{problem}; move it, or choose another output_dir"
    assert path.read_bytes() == b"mine" and not (tmp_path / "build").exists()
    path.unlink()
    model.write()
    written = {str(found.relative_to(tmp_path)) for found in (tmp_path / "build").rglob("*")}
    with tarfile.open(path) as archive:
        assert set(archive.getnames()) == {"build", *written}
        member = archive.extractfile("build/report.json")
        assert member is not None and member.read() == (tmp_path / "build/report.json").read_bytes()
    before = path.read_bytes()
    model.write()
    assert path.read_bytes() == before
    assert sorted(found.name for found in tmp_path.iterdir()) == ["build", "build.tar.gz", "model1"]
