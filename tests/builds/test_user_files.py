"""No user file is ever lost: what may be replaced, and what is refused, with nothing changed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.builds.manifest import MANIFEST
from bxnn.compiler.errors import InputError
from tests.builds.folders import LEGACY, NEW, OLD, USERS, build, content, without_manifest, write


def refused(folder: Path, kept: Path | None = None, force: bool = False) -> str:
    """The one line with which a build is refused; nothing below ``kept`` has changed by then."""
    kept = kept or folder
    before = content(kept)
    with pytest.raises(InputError) as caught:
        build(folder, NEW, force=force)
    assert content(kept) == before
    return str(caught.value)


def test_a_users_files_stay_where_they_are(tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    write(folder, USERS)
    (folder / "empty").mkdir()
    os.utime(folder / "notes.txt", (1, 2))
    (folder / "notes.txt").chmod(0o640)
    build(folder, NEW)
    assert without_manifest(folder) == NEW | USERS | {"empty/": "empty"}
    state = (folder / "notes.txt").stat()
    assert (state.st_mode & 0o777, state.st_mtime) == (0o640, 2)


NAMES = st.lists(st.sampled_from(["a", "b", "vhdl", "net.vhd", "x y", "ä"]), min_size=1, max_size=3).map("/".join)


@settings(max_examples=60)
@given(st.dictionaries(NAMES, st.sampled_from("123")), st.dictionaries(NAMES, st.sampled_from("45")), st.data())
def test_only_files_of_the_manifest_are_ever_replaced_or_removed(
    first: dict[str, str], second: dict[str, str], data: st.DataObject
) -> None:
    """Random builds over each other, with random user files between them."""
    for files in (first, second):  # no file below a file
        for name in [name for name in files if any(name.startswith(f"{other}/") for other in files)]:
            del files[name]
    with tempfile.TemporaryDirectory() as scratch:
        folder = build(Path(scratch) / "b", first)
        users = {}
        for name in data.draw(st.lists(NAMES, max_size=3, unique=True)):
            parents = [folder / parent for parent in Path(name).parents][:-1]
            if not (folder / name).exists() and not any(parent.is_file() for parent in parents):
                write(folder, {name: "user"})
                users[name] = "user"
        before = content(folder)
        try:
            build(folder, second)
        except InputError as error:
            assert content(folder) == before
            assert "is in the way and not written by bxnn; move it elsewhere, or name another folder" in str(error)
        else:
            assert without_manifest(folder) == second | users


def test_a_folder_that_holds_a_report_is_no_build(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    write(folder, {"thesis/chapter.tex": "mine", "report.json": "{}"})
    assert (
        refused(folder)
        == f"{folder}: is not a build and contains thesis/chapter.tex; name another folder, or an empty one"
    )


@pytest.mark.parametrize("name", ["chapter.tex", "deep/er/chapter.tex", ".git/HEAD"])
def test_a_folder_that_is_no_build_is_refused(name: str, tmp_path: Path) -> None:
    write(tmp_path / "d", {name: "mine"})
    message = f"{tmp_path / 'd'}: is not a build and contains {name}; name another folder, or an empty one"
    assert refused(tmp_path / "d") == message


def test_a_changed_file_is_named_and_replaced_by_force_only(tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    write(folder, {"vhdl/net.vhd": "edited", "vhdl/net_fc9.vhd": "edited"})
    what = "was changed after bxnn wrote it (and 1 more); keep a copy elsewhere, then replace it with --force"
    assert refused(folder) == f"{folder / 'vhdl' / 'net.vhd'}: {what}"
    build(folder, NEW, force=True)
    assert without_manifest(folder) == NEW


def test_a_file_that_the_user_removed_is_no_problem(tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    (folder / "vhdl" / "net.vhd").unlink()
    build(folder, NEW)
    assert without_manifest(folder) == NEW


@pytest.mark.parametrize("force", [False, True])
def test_a_users_file_in_the_way_is_never_replaced(force: bool, tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    write(folder, {"hls/lib/net.h": "mine"})
    what = "is in the way and not written by bxnn; move it elsewhere, or name another folder"
    assert refused(folder, force=force) == f"{folder / 'hls' / 'lib' / 'net.h'}: {what}"


def to_file(place: Path, elsewhere: Path) -> None:
    write(elsewhere, {"net.vhd": "precious"})
    place.unlink()
    place.symlink_to(elsewhere / "net.vhd")


def to_folder(place: Path, elsewhere: Path) -> None:
    write(elsewhere, {"net.vhd": "precious"})
    shutil.rmtree(place.parent)
    place.parent.symlink_to(elsewhere)


@pytest.mark.parametrize("replace", [to_file, to_folder])
def test_links_in_a_build_are_not_followed(replace: Callable[[Path, Path], None], tmp_path: Path) -> None:
    folder = build(tmp_path / "b", OLD)
    replace(folder / "vhdl" / "net.vhd", tmp_path / "elsewhere")
    refused(folder, tmp_path)
    if replace is to_file:
        build(folder, NEW, force=True)
        assert not (folder / "vhdl" / "net.vhd").is_symlink()
    assert content(tmp_path / "elsewhere") == {"net.vhd": "precious"}


# --- the place


def test_links_stand_for_folders(tmp_path: Path) -> None:
    target, link = build(tmp_path / "b", OLD), tmp_path / "link"
    link.symlink_to(target)
    build(link, NEW)
    assert link.is_symlink()
    assert without_manifest(target) == NEW
    (tmp_path / "void").mkdir()
    (tmp_path / "to_void").symlink_to(tmp_path / "void")
    assert without_manifest(build(tmp_path / "to_void", NEW)) == NEW
    (tmp_path / "to_nothing").symlink_to(tmp_path / "nothing")
    what = "is a dangling symbolic link; remove it or name another folder"
    assert refused(tmp_path / "to_nothing", tmp_path) == f"{tmp_path / 'to_nothing'}: {what}"


def test_here_and_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    build(Path(), OLD)
    assert without_manifest(build(Path(), NEW)) == NEW
    assert without_manifest(build(Path("../there/b"), NEW)) == NEW
    assert (tmp_path / "there" / "b" / MANIFEST).is_file()
    write(tmp_path / "sources", {"main.c": "mine", "report.json": "{}", ".git/HEAD": "ref"})
    monkeypatch.chdir(tmp_path / "sources")
    assert refused(Path()) == ".: is not a build and contains .git/HEAD; name another folder, or an empty one"


def test_root_and_home_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as caught:
        build(Path("/"), NEW)
    assert str(caught.value) == "/: is the root of the file system; name another folder"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert refused(tmp_path) == f"{tmp_path}: is your home folder; name a folder below it"


def test_files_are_no_folders(tmp_path: Path) -> None:
    write(tmp_path, {"file": "mine"})
    for folder in (tmp_path / "file", tmp_path / "file" / "b" / "c"):
        what = f"cannot be a folder: {tmp_path / 'file'} is a file; name another folder"
        assert refused(folder, tmp_path) == f"{folder}: {what}"


def test_a_refusal_leaves_no_folder_behind(tmp_path: Path) -> None:
    def fill(staging: Path) -> None:
        raise InputError("model", "is wrong")

    from bxnn.compiler.builds.update import replace_build

    with pytest.raises(InputError):
        replace_build(tmp_path / "a" / "b" / "c", fill, "0")
    assert content(tmp_path) == {}
    (tmp_path / "void").mkdir()
    with pytest.raises(InputError):
        replace_build(tmp_path / "void", fill, "0")
    assert content(tmp_path) == {"void/": "empty"}


# --- builds of 0.1.0, which have no manifest


def test_a_build_of_the_first_version_is_adopted(tmp_path: Path) -> None:
    write(tmp_path / "b", LEGACY)
    assert without_manifest(build(tmp_path / "b", NEW)) == NEW


@pytest.mark.parametrize(
    "name", ["notes.txt", "vhdl/notes.txt", "vivado/run.tcl", "model/other.h5", "sim/notes.txt", "sim/ghdl/notes.txt"]
)
def test_one_with_a_users_file_is_not(name: str, tmp_path: Path) -> None:
    write(tmp_path / "b", LEGACY | {name: "mine"})
    message = f"{tmp_path / 'b'}: is not a build and contains {name}; name another folder, or an empty one"
    assert refused(tmp_path / "b") == message
