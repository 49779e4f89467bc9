"""The commands on real builds: what they leave, what they refuse, and two of them at the same time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bxnn
from bxnn.compiler import driver, verification
from bxnn.compiler.builds.lock import locked
from bxnn.compiler.builds.manifest import MANIFEST, OWN_FOLDER, Manifest, digests
from bxnn.compiler.errors import InputError, VerificationError
from tests.builds.folders import content
from tests.frontend.handmade import dense, good_weights, sequential, write

COMMAND = [sys.executable, "-c", "from bxnn.compiler.cli import main; main()"]


def compiled(folder: Path, name: str = "b") -> Path:
    """A build of the network written by `handmade`."""
    model, weights = write(folder, sequential(dense("fc1", 2)), good_weights())
    (folder / "design.yaml").write_text('inputs: {x: "fixed<6,3,RND,SAT>"}\ninitiation_interval: 4\n')
    driver.compile_model(model, weights, folder / "design.yaml", folder / name)
    return folder / name


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build that tests copy."""
    return compiled(tmp_path_factory.mktemp("built"))


@pytest.fixture
def build(built: Path, tmp_path: Path) -> Path:
    """A build for one test."""
    return Path(shutil.copytree(built, tmp_path / "b"))


def events(folder: Path) -> Path:
    """Two events."""
    np.save(folder / "x.npy", np.zeros((2, 3)))
    return folder / "x.npy"


def in_manifest(build: Path) -> bool:
    """Whether the manifest lists all files except those of the work folders, as they are."""
    found = {name: value for name, value in digests(build).items() if not name.startswith(f"{OWN_FOLDER}/")}
    del found[MANIFEST]
    manifest = Manifest.load(build)
    return manifest is not None and manifest.files == found


def test_every_command_keeps_the_manifest_true(build: Path, tmp_path: Path) -> None:
    assert in_manifest(build)
    verification.simulate(build, None, 3)
    verification.csim(build, None, 3)
    verification.synthesize(build)
    driver.report(build)
    driver.predict(build, events(tmp_path), tmp_path / "y.npy", "cpp")
    assert in_manifest(build)
    assert (build / "sim" / "ghdl" / "results.xml").is_file() and (build / "sim" / "csim" / "results.xml").is_file()
    assert (build / "hls" / "vectors.txt").is_file() and (build / "sim" / "synthesis" / "yosys.log").is_file()


def test_results_of_the_last_run_go_with_the_next_compile(build: Path, tmp_path: Path) -> None:
    verification.csim(build, None, 3)
    (build / "sim" / "csim" / "notes.txt").write_text("mine")
    compiled(tmp_path)
    assert content(build / "sim" / "csim") == {"notes.txt": "mine"}
    assert not (build / OWN_FOLDER).exists()


def test_a_command_that_fails_changes_nothing(build: Path) -> None:
    before = content(build)
    (build / "report.json").write_text("{}")
    for command in (driver.report, verification.synthesize, lambda folder: verification.simulate(folder, None, 3)):
        with pytest.raises(InputError) as caught:
            command(build)
        assert str(caught.value) == f"{build / 'report.json'}: was changed after bxnn wrote it; compile again"
    assert content(build) == before | {"report.json": "{}"}


@pytest.mark.parametrize("same", ["x.npy", "link.npy", "hard.npy"])
def test_answers_are_not_written_over_questions(same: str, build: Path, tmp_path: Path) -> None:
    data = events(tmp_path)
    (tmp_path / "link.npy").symlink_to(data)
    (tmp_path / "hard.npy").hardlink_to(data)
    before = data.read_bytes()
    with pytest.raises(InputError) as caught:
        driver.predict(build, data, tmp_path / same)
    what = "is the input file; name another file with --output"
    assert str(caught.value) == f"{tmp_path / same}: {what}"
    assert data.read_bytes() == before


def test_nor_into_the_build(build: Path, tmp_path: Path) -> None:
    output = build / "vhdl" / "y.npy"
    with pytest.raises(InputError) as caught:
        driver.predict(build, events(tmp_path), output)
    assert str(caught.value) == f"{output}: is inside the build; name a file outside it with --output"


@pytest.mark.parametrize(
    ("model", "weights"), [("files.json", "w.h5"), ("Files.json", "files.json.h5"), ("m.json", "m.json")]
)
def test_models_of_any_name_are_kept(model: str, weights: str, tmp_path: Path) -> None:
    first, second = write(tmp_path, sequential(dense("fc1", 2)), good_weights())
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    files = first.rename(tmp_path / "a" / model), second.rename(tmp_path / "b" / weights)
    from bxnn.compiler.backend.build_folder import Build

    staging = Build.create(tmp_path)
    staging.write_model(files)
    kept = staging.model
    assert kept is not None and kept[1] is not None
    assert [path.read_bytes() for path in kept if path] == [path.read_bytes() for path in files]
    assert set(json.loads((tmp_path / "model" / "files.json").read_text())) == {"model", "weights"}


# --- builds of other users


RUNS = [
    lambda build, trust: verification.csim(build, None, 2, trust=trust),
    lambda build, trust: verification.simulate(build, None, 2, trust=trust),
    lambda build, trust: verification.synthesize(build, trust),
    lambda build, trust: driver.predict(build, events(build.parent), build.parent / "y.npy", "cpp", trust),
]


@pytest.mark.parametrize("run", RUNS, ids=["csim", "simulate", "synthesize", "predict"])
def test_code_of_another_user_is_run_with_trust_only(
    run: Callable[[Path, bool], object], build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: build.stat().st_uid + 1)
    with pytest.raises(InputError) as caught:
        run(build, False)
    uid = build.stat().st_uid
    assert str(caught.value) == (
        f"{build}: belongs to another user (uid {uid}), and this command runs code of the build; "
        "look at the code, then add --trust"
    )
    run(build, True)
    answers = bxnn.load(build).predict(np.zeros((1, 3)))
    assert isinstance(answers, np.ndarray) and answers.shape == (1, 2), "reading needs no trust"


def test_changed_code_is_run_but_accepted_with_trust_only(build: Path) -> None:
    """A user who changes the VHDL by hand may check whether it still computes the network."""
    (top,) = (path for path in (build / "vhdl").glob("*.vhd") if "port map" in path.read_text() and "fc1" in path.name)
    top.write_text(top.read_text() + "-- looked at\n")
    with pytest.raises(VerificationError) as caught:
        verification.simulate(build, None, 2)
    what = "was changed after bxnn wrote it; compile again, or accept it as it is with --trust"
    assert str(caught.value) == f"{top}: {what}"
    report = verification.simulate(build, None, 2, trust=True)
    assert report.simulation is not None and report.simulation.passed


# --- two at once


def test_the_second_command_waits_and_says_for_whom(build: Path) -> None:
    with locked(build):
        waiting = subprocess.Popen([*COMMAND, "report", str(build)], stderr=subprocess.PIPE, text=True)
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == f"{build}: waiting for another bxnn command, process {os.getpid()}\n"
        assert waiting.poll() is None
    assert waiting.wait(60) == 0


PAIRS = [("compile", "compile")] * 14 + [("compile", "csim")] * 9 + [("compile", "simulate")] * 9
PAIRS += [("csim", "csim")] * 6 + [("csim", "simulate")] * 6 + [("simulate", "report")] * 6


@pytest.mark.parametrize(
    "pairs",
    [pytest.param(PAIRS[::3], marks=pytest.mark.slow), pytest.param(PAIRS, marks=pytest.mark.nightly)],
    ids=["some", "fifty"],
)
def test_pairs_of_commands_end_well(pairs: list[tuple[str, str]], tmp_path: Path) -> None:
    """Each in a separate process, the second started at a random moment after the first."""
    build, rng = compiled(tmp_path), np.random.default_rng(5)
    files = tmp_path / "m.json", tmp_path / "w.h5", tmp_path / "design.yaml"
    work: dict[str, Callable[[], object]] = {
        "compile": lambda: driver.compile_model(*files, build),
        "csim": lambda: verification.csim(build, None, 2),
        "simulate": lambda: verification.simulate(build, None, 2),
        "report": lambda: driver.report(build),
    }
    for command in work.values():  # what they import, and ask the tools, once for all children
        command()
    for pair in pairs:
        children = []
        for name in pair:
            child = os.fork()
            if child == 0:
                try:
                    work[name]()
                    os._exit(0)
                except BaseException as error:
                    os.write(2, f"{name}: {error}\n".encode())
                    os._exit(1)
            children.append(child)
            time.sleep(rng.uniform(0, 0.1))
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0], pair
    assert in_manifest(build)
