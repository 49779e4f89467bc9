"""The manifest is untrusted: whatever is in it, it is read or refused in one line, and nothing outside is touched."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bxnn.compiler.builds.commit import Commit
from bxnn.compiler.builds.manifest import MANIFEST, Manifest
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import InputError
from tests.builds.folders import NEW, OLD, build, content, without_manifest, write

SEED = 11
DIGEST = "0" * 64


def manifest(**changes: Any) -> str:
    return json.dumps({"schema_version": 1, "bxnn_version": "1", "files": {}} | changes)


WRONG = {
    "no JSON": ("{", "is not a manifest (JSONDecodeError)"),
    "no text": ("\udcff", "is not a manifest (UnicodeDecodeError)"),
    "deep": ("[" * 100_000, "is not a manifest (RecursionError)"),
    "no mapping": ("[]", "is not a manifest: it must have the keys bxnn_version, files, schema_version"),
    "another key": (manifest(more=1), "is not a manifest: it must have the keys bxnn_version, files, schema_version"),
    "doubled": ('{"files": {}, "files": {}}', "is not a manifest (ValueError)"),
    "version": (manifest(schema_version=2), "is of schema_version 2, not 1"),
    "no digest": (manifest(files={"a": 1}), "has no SHA-256 for 'a'"),
    "short digest": (manifest(files={"a": "00"}), "has no SHA-256 for 'a'"),
    "file below a file": (manifest(files={"a": DIGEST, "a/b": DIGEST}), "names a file below a file: 'a/b'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_manifest_is_refused(name: str, tmp_path: Path) -> None:
    text, problem = WRONG[name]
    (tmp_path / MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        build(tmp_path, NEW)
    assert str(caught.value) == f"{tmp_path / MANIFEST}: {problem}; compile into another folder"


PATHS = ["", "/etc/passwd", "../b", "a/../../b", "./a", "a//b", "a/", ".bxnn/x", MANIFEST, "a\0b", ".", ".."]


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_a_path_that_leaves_the_build_is_refused(path: str, tmp_path: Path) -> None:
    write(tmp_path, {"b/report.json": "", "outside": "mine"})
    (tmp_path / "b" / MANIFEST).write_text(manifest(files={path: DIGEST}))
    before = content(tmp_path)
    with pytest.raises(InputError) as caught:
        build(tmp_path / "b", NEW, force=True)
    what = f"names {path!r}, which is not a file of a build; compile into another folder"
    assert str(caught.value) == f"{tmp_path / 'b' / MANIFEST}: {what}"
    assert content(tmp_path) == before


def test_a_commit_removes_and_replaces_only_files_of_the_manifest(tmp_path: Path) -> None:
    """A record that someone else wrote, or that a disk has damaged."""
    folder = build(tmp_path / "b", OLD)
    write(folder, {"notes.txt": "mine", ".bxnn/staging/notes.txt": "not mine", f".bxnn/staging/{MANIFEST}": manifest()})
    write(folder, {".bxnn/commit.json": json.dumps({"moves": [], "removed": ["notes.txt", "vhdl/net_fc9.vhd"]})})
    Commit(folder).recover()
    assert (folder / "notes.txt").read_text() == "mine" and not (folder / "vhdl" / "net_fc9.vhd").exists()
    folder = build(tmp_path / "c", OLD)
    write(folder, {"notes.txt": "mine", ".bxnn/staging/notes.txt": "not mine", f".bxnn/staging/{MANIFEST}": manifest()})
    write(folder, {".bxnn/commit.json": json.dumps({"moves": ["notes.txt"], "removed": []})})
    with pytest.raises(InputError) as caught:
        Commit(folder).recover()
    assert str(caught.value) == f"{folder / 'notes.txt'}: is in the way and not written by bxnn; move it elsewhere"
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("path", PATHS[:-4], ids=repr)
def test_so_is_one_of_a_commit(path: str, tmp_path: Path) -> None:
    write(tmp_path, {"outside": "mine"})
    folder = build(tmp_path / "b", OLD)
    for key in ("moves", "removed"):
        record: dict[str, list[str]] = {"moves": [], "removed": []} | {key: [path]}
        write(folder, {".bxnn/commit.json": json.dumps(record), ".bxnn/staging/x": "x"})
        with pytest.raises(InputError) as caught:
            build(folder, NEW)
        what = f"names {path!r}, which is not a file of a build; compile into another folder"
        assert str(caught.value) == f"{folder / '.bxnn' / 'commit.json'}: {what}"
        assert (tmp_path / "outside").read_text() == "mine"


def test_what_is_not_bxnns_in_its_own_folder_is_named(tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    write(folder, {".bxnn/thesis.tex": "mine"})
    with pytest.raises(InputError) as caught:
        build(folder, NEW)
    what = "is in a folder of bxnn, but not written by bxnn; move it away"
    assert str(caught.value) == f"{folder / '.bxnn' / 'thesis.tex'}: {what}"


def test_mutated_manifests_and_records(tmp_path: Path) -> None:
    """2,000 mutations of each: a result or one line, and nothing outside the build is ever touched."""
    rng = random.Random(SEED)
    folder = build(tmp_path / "b", OLD)
    write(tmp_path, {"outside": "mine"})
    good = (folder / MANIFEST).read_bytes()
    record = json.dumps({"moves": ["vhdl/net.vhd"], "removed": ["vhdl/net_fc9.vhd"]}).encode()
    words = [b"../", b"/", b"..", b'"', b"{", b"[", b"\\u0000", b"null", b"1e999", b".bxnn/", b"\xff", b'"a":1,']
    outcomes: set[object] = set()
    for number in range(4_000):
        data = bytearray(good if number % 2 else record)
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(data))
            data[place : place + rng.randint(0, 9)] = rng.choice([*words, bytes([rng.randrange(256)])])
        (folder / MANIFEST).write_bytes(data if number % 2 else good)
        if not number % 2:
            (folder / ".bxnn").mkdir()
            (folder / ".bxnn" / "commit.json").write_bytes(data)
        try:
            Commit(folder).recover()
            outcomes.add(Manifest.load(folder) is not None)
        except InputError as error:
            outcomes.add("refused")
            assert "\n" not in str(error)
            (folder / ".bxnn" / "commit.json").unlink(missing_ok=True)
            Commit(folder).discard()
        assert (tmp_path / "outside").read_text() == "mine"
        assert {path.name for path in tmp_path.iterdir()} == {"b", "outside"}
        write(folder, OLD)
    assert outcomes == {True, "refused"}


# --- what commands need


def test_a_missing_and_a_changed_file_are_named(tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    write(folder, {"notes.txt": "mine", "sim/ghdl/run.log": "changed, but not needed"})
    with opened(folder, "report.json", "ir", "vhdl"):
        pass
    changes: list[tuple[Callable[[], object], str]] = [
        (lambda: write(folder, {"vhdl/net.vhd": "edited"}), "was changed after bxnn wrote it"),
        (lambda: (folder / "vhdl" / "net.vhd").unlink(), "is missing"),
    ]
    for change, problem in changes:
        change()
        with opened(folder, "report.json", "ir"):
            pass
        with pytest.raises(InputError) as caught, opened(folder, "vhdl"):
            pass
        assert str(caught.value) == f"{folder / 'vhdl' / 'net.vhd'}: {problem}; compile again"
    with pytest.raises(InputError) as caught, opened(folder, "hls"):
        pass
    assert str(caught.value) == f"{folder / 'hls'}: is missing; compile again"


def test_what_is_no_build_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"d/report.json": "{}"})
    for folder in (tmp_path / "d", tmp_path / "nothing", tmp_path / "d" / "report.json"):
        with pytest.raises(InputError) as caught, opened(folder):
            pass
        assert str(caught.value) == f"{folder}: is not a build; make one with: bxnn compile MODEL -o BUILD"


def test_results_take_their_place_at_once(tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    write(folder, {"notes.txt": "mine"})
    with opened(folder, writes=True) as place:
        with place.results("sim/ghdl") as staging:
            write(staging, {"report.json": '{"simulated": 1}', "sim/ghdl/result.json": "1"})
            assert without_manifest(folder)["report.json"] == "{}"
        with pytest.raises(KeyError), place.results("sim/ghdl"):
            raise KeyError
        (place.work("ghdl") / "big.o").write_text("kept for the next run")
    expected = {**OLD, "report.json": '{"simulated": 1}', "sim/ghdl/result.json": "1", "notes.txt": "mine"}
    del expected["sim/ghdl/run.log"]
    kept = {".bxnn/work/ghdl/big.o": "kept for the next run"}
    assert without_manifest(folder) == expected | kept
    build(folder, NEW)
    assert without_manifest(folder) == NEW | {"notes.txt": "mine"}
