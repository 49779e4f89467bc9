"""Models compiled into the same folder in one process, one after another: every result is that of the last model."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bxnn
from bxnn.compiler import driver
from bxnn.compiler.errors import InputError
from bxnn.sim.gxx import build_program
from tests.frontend.handmade import dense, sequential, weights, write

EVENTS = np.arange(-12, 12).reshape(8, 3) / 4
FRESH = """
import json, sys, numpy, bxnn
model, weights, config, build, events = sys.argv[1:]
bxnn.compile(model, build, weights=weights, config=config)
print(json.dumps(bxnn.predict(build, numpy.array(json.loads(events))).tolist()))
"""


def saved(folder: Path, seed: int) -> tuple[Path, Path]:
    """Model and weights: the same layers and names for each seed, different numbers."""
    rng = np.random.default_rng(seed)
    codes = {"fc1__kernel": rng.integers(-8, 8, (3, 2)) / 8, "fc1__bias": rng.integers(-8, 8, 2) / 8}
    folder.mkdir(parents=True, exist_ok=True)
    return write(folder, sequential(dense("fc1", 2)), weights(**codes))


def design(folder: Path) -> Path:
    path = folder / "design.yaml"
    path.write_text("name: net\ninitiation_interval: 2\ninputs: {x: 'fixed<8,4>'}\n")
    return path


def in_a_fresh_process(folder: Path, seed: int) -> np.ndarray:
    files = saved(folder / f"fresh{seed}", seed)
    arguments = [*map(str, files), str(design(folder)), str(folder / f"alone{seed}"), json.dumps(EVENTS.tolist())]
    command = [sys.executable, "-c", FRESH, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return np.array(json.loads(done.stdout))


@pytest.mark.slow
def test_every_engine_answers_with_the_last_model(tmp_path: Path) -> None:
    order = np.random.default_rng(7).permutation([1, 2, 1, 3, 2]).tolist()
    expected = {seed: in_a_fresh_process(tmp_path, seed) for seed in set(order)}
    assert all(not np.array_equal(expected[a], expected[b]) for a, b in pairwise(sorted(expected)))
    np.save(tmp_path / "x.npy", EVENTS)
    for seed in order:
        model, stored = saved(tmp_path / "models", seed)
        bxnn.compile(model, tmp_path / "build", weights=stored, config=design(tmp_path))
        assert np.array_equal(np.asarray(bxnn.predict(tmp_path / "build", EVENTS)), expected[seed])
        driver.predict(tmp_path / "build", tmp_path / "x.npy", tmp_path / "y.npy", "cpp")
        assert np.array_equal(np.load(tmp_path / "y.npy"), expected[seed])
        report = bxnn.csim(tmp_path / "build", tmp_path / "x.npy")
        assert report.csim is not None and report.csim.passed


@given(st.lists(st.integers(1, 3), min_size=2, max_size=4))
@settings(max_examples=10)
def test_a_network_never_answers_for_another_build(tmp_path_factory: pytest.TempPathFactory, seeds: list[int]) -> None:
    """Its own results while its model is the one in the folder, otherwise an error, whether used before or not."""
    folder = tmp_path_factory.mktemp("one")
    opened: list[tuple[int, bxnn.Network]] = []
    answers: dict[int, np.ndarray] = {}
    for seed in seeds:
        model, stored = saved(folder / "models", seed)
        bxnn.compile(model, folder / "build", weights=stored, config=design(folder))
        answers[seed] = np.asarray(bxnn.predict(folder / "build", EVENTS))
        opened += [(seed, bxnn.load(folder / "build")), (seed, bxnn.load(folder / "build"))]
        for owner, network in opened[:-1]:  # the last one may be used for the first time when its model is gone
            if owner == seed:
                assert np.array_equal(np.asarray(network.predict(EVENTS)), answers[seed])
            else:
                for name in ("predict", "report", "reference"):
                    with pytest.raises(InputError) as caught:
                        network.predict(EVENTS) if name == "predict" else getattr(network, name)
                    problem = "holds another build, as it was compiled again; open it with bxnn.load()"
                    assert str(caught.value) == f"{folder / 'build'}: {problem}"


def test_a_program_of_other_sources_has_another_path(tmp_path: Path) -> None:
    """Its name depends on sources, flags and external headers; nothing is compiled twice."""
    source, outside = tmp_path / "source", tmp_path / "outside"
    for folder in (source, outside):
        folder.mkdir()
    (source / "main.cpp").write_text("#include <value.h>\nint main() { return VALUE + MORE; }\n")
    (outside / "value.h").write_text("#define VALUE 1\n")

    def answer(more: int) -> tuple[Path, int]:
        flags = [f"-DMORE={more}", "-isystem", str(outside)]
        program = build_program(source, ["main.cpp"], flags, tmp_path / "work", "test")
        return program, subprocess.run([str(program)], check=False, timeout=20).returncode

    first, code = answer(1)
    assert code == 2
    written = first.stat().st_mtime_ns
    assert answer(1) == (first, 2) and first.stat().st_mtime_ns == written
    second, code = answer(2)
    assert code == 3 and second != first
    (outside / "value.h").write_text("#define VALUE 5\n")
    third, code = answer(2)
    assert code == 7 and third not in (first, second)
    assert {path.name for path in (tmp_path / "work").iterdir()} == {third.name, "build.log"}


def test_a_network_stays_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened by a relative path: a different build of that name, relative to another folder, does not matter."""
    answers = {}
    for name, seed in (("a", 1), ("b", 2)):
        model, stored = saved(tmp_path / name, seed)
        monkeypatch.chdir(tmp_path / name)
        bxnn.compile(model, "build", weights=stored, config=design(tmp_path))
        answers[name] = (bxnn.load("build"), np.asarray(bxnn.predict("build", EVENTS)))
    for network, expected in answers.values():
        assert np.array_equal(np.asarray(network.predict(EVENTS)), expected)
