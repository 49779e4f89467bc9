"""What a package is: reproducible, locked, compared with its build; and what is refused, nothing removed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bxnn.compiler import cli
from bxnn.compiler.delivery import TARGETS, write_package
from bxnn.compiler.delivery.renaming import prefixed
from bxnn.compiler.errors import ConfigError
from tests.builds.folders import content
from tests.delivery.builds import compiled


@pytest.fixture
def build(built: Callable[[str], Path]) -> Path:
    return built("tagged")


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("again") / "elsewhere", "tagged")


def failed(arguments: list[str | Path], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = cli.run([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    assert printed.out == ""
    return code, printed.err


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_build_gives_the_same_bytes(target: str, build: Path, again: Path, tmp_path: Path) -> None:
    for folder, source in (("a", build), ("b", again)):
        write_package(source, target, tmp_path / folder)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    before = content(tmp_path / "a")
    write_package(build, target, tmp_path / "a")
    assert content(tmp_path / "a") == before


@pytest.mark.parametrize("target", TARGETS)
def test_the_lock_has_the_hash_of_every_file(target: str, build: Path, tmp_path: Path) -> None:
    package = write_package(build, target, tmp_path)
    lock = json.loads((tmp_path / "bxnn.lock").read_text())
    names = {path for path in content(tmp_path) if path not in ("bxnn.lock", "bxnn.manifest.json")}
    assert set(lock["files"]) == names and set(package.files) == {*names, "bxnn.lock"}
    for place, group in ((tmp_path, lock["files"]), (build, lock["build"])):
        for name, digest in group.items():
            assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest, name
    assert (lock["target"], lock["bxnn_version"], lock["top"], lock["library"]) == (target, "0.2.0", "net", "net")


@pytest.mark.parametrize("target", TARGETS)
def test_the_page_says_what_the_package_is(target: str, build: Path, tmp_path: Path) -> None:
    write_package(build, target, tmp_path)
    page, report = (tmp_path / "README.md").read_text(), json.loads((build / "report.json").read_text())
    assert f"| Latency | {report['latency_cycles']} cycles = " in page
    assert f"| II | {report['initiation_interval']} cycles; " in page
    assert "**No vendor tool has run this package**" in page and "| VHDL in simulation |  | not run |" in page
    for port in [*report["inputs"], *report["outputs"]]:
        width = port["bits"] * port["elements"]
        assert f"| {port['data']} | {width} | " in page
        assert f"| {port['data']} | {port['elements'] - 1} | {width - 1} downto {width - port['bits']} |" in page
    assert "| spacing_error | 1 | out: " in page and "| in_tag | 5 | in: " in page


def test_a_check_finds_the_first_difference(build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "p"
    command: list[str | Path] = ["package", build, "--for", "vhdl", "-o", package]
    assert cli.run([*map(str, command), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {
        "target": "vhdl",
        "folder": str(package),
        "top": "net",
        "library": "net",
        "files": sorted({*content(package)} - {"bxnn.manifest.json"}),
    }
    check = [*command, "--check"]
    assert cli.run([str(word) for word in check]) == 0
    assert capsys.readouterr() == (f"{package}: as {build} gives it\n", "")
    (package / "notes.txt").write_text("a user's")
    assert cli.run([*map(str, check), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**answer, "passed": True}

    for name in ("hdl/net.vhd", "bxnn.lock"):  # bxnn.lock comes first
        (package / name).write_text((package / name).read_text() + "\n")
        assert failed(check, capsys) == (1, f"{package / name}: is not what {build} gives; package again\n")
    (package / "README.md").unlink()
    (package / "bxnn.lock").write_text((package / "bxnn.lock").read_text().rstrip() + "\n")
    assert failed(check, capsys) == (1, f"{package / 'README.md'}: is missing; package again\n")
    other = [*command[:3], "hog", *command[4:], "--check"]
    assert failed(other, capsys) == (2, f"{package}: is a package for vhdl, not for hog; check it with --for vhdl\n")
    assert failed([*command[:-1], tmp_path / "none", "--check"], capsys) == (
        2,
        f"{tmp_path / 'none'}: is not a package; make one with: bxnn package BUILD --for TARGET -o DIR\n",
    )
    assert failed(command, capsys) == (
        2,
        f"{package / 'hdl/net.vhd'}: was changed after bxnn wrote it; keep a copy elsewhere, then replace it with "
        "--force\n",
    )
    assert cli.run([*map(str, command), "--force", "-q"]) == 0
    assert cli.run([*map(str, check), "-q"]) == 0
    assert (package / "notes.txt").read_text() == "a user's"


def test_bad_input(build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    foreign, other = tmp_path / "foreign", compiled(tmp_path / "other", "plain")
    (foreign / "src").mkdir(parents=True)
    (foreign / "src" / "mine.vhd").write_text("mine")
    before = {folder: content(folder) for folder in (foreign, other, build)}
    unknown = "'hogg' is unknown; did you mean 'hog'? One of vivado, quartus, hog, ipbb, fusesoc, vhdl."
    cases: list[tuple[str, Path, str]] = [
        ("hogg", tmp_path / "new", f"bxnn package: Invalid value for '--for': {unknown}"),
        (
            "hog",
            foreign,
            f"{foreign}: is not a package and contains src/mine.vhd; name another folder, or an empty one",
        ),
        ("hog", other, f"{other}: is a build, not a package; name another folder"),
        ("hog", build / "out", f"{build / 'out'}: is inside the build; name a folder outside it"),
        ("hog", build, f"{build}: is inside the build; name a folder outside it"),
        (
            "hog",
            tmp_path / "a b",
            f"{tmp_path / 'a b'}: has a blank in its path, at which Hog splits lines; name another folder",
        ),
    ]
    (tmp_path / ".git").mkdir()  # only the path inside the repository counts
    for target, folder, message in cases:
        assert failed(["package", build, "--for", target, "-o", folder], capsys) == (2, message + "\n")
    assert failed(["package", foreign, "--for", "hog", "-o", tmp_path / "new"], capsys) == (
        2,
        f"{foreign}: is not a build; make one with: bxnn compile MODEL -o BUILD\n",
    )
    assert failed(["package", build, "-o", tmp_path / "new"], capsys) == (
        2,
        "bxnn package: Missing option '--for'.\n",
    )
    (other / "vhdl" / "net.vhd").write_text("entity net is end;")
    assert failed(["package", other, "--for", "vhdl", "-o", tmp_path / "new"], capsys) == (
        2,
        f"{other / 'vhdl/net.vhd'}: was changed after bxnn wrote it; compile again\n",
    )
    assert {folder: content(folder) for folder in (foreign, build)} == {key: before[key] for key in (foreign, build)}
    assert not (tmp_path / "new").exists()


def test_amd_slices_are_no_package_for_quartus(
    built: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failed(["package", built("instantiated"), "--for", "quartus", "-o", tmp_path / "p"], capsys) == (
        2,
        "net: instantiates DSP48E2, which Quartus does not have; compile it with `dsp: inferred`\n",
    )


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("library: ieee", "library 'ieee': is not a legal identifier in VHDL and C++, or is reserved; choose another"),
        (
            "prefix: n",
            "prefix 'n': makes the top entity 'new', which is not a legal identifier in VHDL and C++, or is reserved; "
            "choose another",
        ),
    ],
)
def test_names_that_vhdl_does_not_allow(keys: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        compiled(tmp_path / "build", "plain", "ew", keys)
    assert str(caught.value) == message


def test_only_units_are_renamed() -> None:
    text = """-- net uses work.bxnn_pkg
library ieee;
use work.bxnn_pkg.all;
entity net is
  port (bxnn_pkg : in std_logic; net : out string := "work.net" & '"');
end entity net;
architecture net of Net is
begin
  net : entity work.NET port map (net => net);
end architecture net;
"""
    package = "package bxnn_pkg is\nend package bxnn_pkg;\npackage body bxnn_pkg is\nend package body bxnn_pkg;\n"
    found = prefixed({"lib/bxnn_pkg.vhd": package, "net.vhd": text}, "a_")
    assert found == {
        "lib/a_bxnn_pkg.vhd": package.replace("bxnn_pkg", "a_bxnn_pkg"),
        "a_net.vhd": text.replace("use work.bxnn", "use work.a_bxnn", 1)
        .replace("entity net", "entity a_net")
        .replace("of Net", "of a_Net")
        .replace("entity work.NET", "entity work.a_NET"),
    }
    assert prefixed({"net.vhd": text}, "") == {"net.vhd": text}
