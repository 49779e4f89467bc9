"""Lists of Hog and ipbb: every line is legal, every file exists, and sources are in compile order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bxnn.compiler.delivery import write_package
from tests.delivery.builds import analysed, compiled, ghdl
from tests.delivery.grammar import GrammarError, hog_conf, hog_list, ipbb_list

Built = Callable[[str], Path]


def order(build: Path) -> list[str]:
    """Names of the sources in compile order."""
    return [Path(name).name for name in json.loads((build / "sim" / "interface.json").read_text())["files"]]


@pytest.mark.parametrize("kind", ["plain", "instantiated"])
@pytest.mark.parametrize(("place", "root"), [("r/Top/group/net", "r"), ("r/ip/net", "r"), ("alone", "alone")])
def test_hog(kind: str, place: str, root: str, built: Built, tmp_path: Path) -> None:
    package = tmp_path / place
    if place == "r/ip/net":
        (tmp_path / "r" / ".git").mkdir(parents=True)
    write_package(built(kind), "hog", package)
    assert sorted(path.name for path in (package / "list").iterdir()) == ["net.con", "net.sim", "net.src"]
    sources = hog_list(package / "list/net.src", tmp_path / root)
    assert [path.name for path, _ in sources] == order(built(kind))
    assert all("2008" in properties for _, properties in sources)
    assert sources[-1][1] == {"2008": "", "top": "net"}
    bench = hog_list(package / "list/net.sim", tmp_path / root)
    assert [path.name for path, _ in bench][-2:] == ["net_tb.vhd", "vectors.txt"]
    assert {properties["lib"] for _, properties in bench if "lib" in properties} <= {"unisim"}
    assert [path.name for path, _ in hog_list(package / "list/net.con", tmp_path / root)] == ["net_ooc.xdc"]
    conf = hog_conf(package / "hog.conf")
    assert conf["main"]["PART"] == "xcvu9p-flga2104-2-e"
    assert conf["synth_1"]["STEPS.SYNTH_DESIGN.ARGS.MORE OPTIONS"] == "-mode out_of_context"


@pytest.mark.parametrize("kind", ["plain", "instantiated"])
def test_ipbb(kind: str, built: Built, tmp_path: Path) -> None:
    write_package(built(kind), "ipbb", tmp_path)
    folder = tmp_path / "firmware" / "cfg"
    commands = ipbb_list(folder / "net.d3", tmp_path)
    own = [command for command in commands if command.library == "net"]
    assert [command.files[0] for command in own][-1] == "net_tb.vhd" and own[-1].usage == "sim"
    assert [Path(command.files[0]).name for command in own[:-1]] == order(built(kind))
    assert all(command.vhdl2008 and command.usage in (None, "sim") for command in commands)
    assert {command.library for command in commands if command not in own} <= {"unisim"}
    assert ipbb_list(folder / "net_reverse.dep", tmp_path) == commands[::-1]
    alone = ipbb_list(folder / "net_ooc.d3", tmp_path)
    assert [command.command for command in alone] == ["include", "src", "setup"]
    pieces = [
        line.split('"')[1] for line in (folder / "net_ooc.d3").read_text().splitlines() if line.startswith("@device")
    ]
    assert "".join(pieces) == "xcvu9p-flga2104-2-e"


def test_with_a_prefix_the_flow_chooses_the_library(tmp_path: Path) -> None:
    build = compiled(tmp_path / "build", "plain", keys="prefix: a_")
    for target in ("ipbb", "fusesoc", "hog"):
        write_package(build, target, tmp_path / target)
    commands = ipbb_list(tmp_path / "ipbb/firmware/cfg/a_net.d3", tmp_path / "ipbb")
    assert {command.library for command in commands} == {None}
    core = yaml.safe_load((tmp_path / "fusesoc/a_net.core").read_text().removeprefix("CAPI=2:\n"))
    assert "logical_name" not in core["filesets"]["rtl"] and core["targets"]["sim"]["toplevel"] == "a_net_tb"
    assert len(hog_list(tmp_path / "hog/list/a_net.src", tmp_path / "hog")) == len(order(build))


@pytest.mark.parametrize("line", ["net.vhd 2008 synth", "missing.vhd 2008", "net.vhd # comment"])
def test_the_grammar_of_hog_refuses(line: str, tmp_path: Path) -> None:
    (tmp_path / "net.vhd").touch()
    (tmp_path / "net.src").write_text(line + "\n")
    with pytest.raises(GrammarError):
        hog_list(tmp_path / "net.src", tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "src --vhdl net.vhd",
        "src -u synthesis net.vhd",
        "src missing.vhd",
        "@part x",
        "src net.vhd # comment",
        "source net.vhd",
    ],
)
def test_the_grammar_of_ipbb_refuses(line: str, tmp_path: Path) -> None:
    (tmp_path / "firmware/hdl").mkdir(parents=True)
    (tmp_path / "firmware/hdl/net.vhd").touch()
    (tmp_path / "net.d3").write_text(line + "\n")
    with pytest.raises(GrammarError):
        ipbb_list(tmp_path / "net.d3", tmp_path)


@pytest.mark.parametrize(("kind", "unit"), [("tagged", "net"), ("streamed", "net"), ("axis", "net_axis")])
def test_the_wrapper_for_the_ip_catalog_is_vhdl_93(kind: str, unit: str, built: Built, tmp_path: Path) -> None:
    """GHDL reads it as VHDL-93, and analyses its ports against those of the network."""
    package, work = tmp_path / kind, tmp_path / f"work_{kind}"
    write_package(built(kind), "vivado", package)
    work.mkdir()
    wrapper = package / f"ip/{unit}_ip.vhd"
    analysed(work, "net", [*(package / f"hdl/{name}" for name in _paths(built(kind))), wrapper])
    text = (package / f"hdl/{unit}.vhd").read_text()
    entity = text[text.index(f"entity {unit} is") : text.index(f"end entity {unit};")]
    (work / "entity.vhd").write_text(f"library ieee; use ieee.std_logic_1164.all;\n{entity}end entity {unit};\n")
    done = ghdl(work, "-a", "--std=93", "--work=old", work / "entity.vhd", wrapper)
    assert (done.returncode, done.stderr) == (0, "")


def _paths(build: Path) -> list[str]:
    return list(json.loads((build / "sim" / "interface.json").read_text())["files"])
