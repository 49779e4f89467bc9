"""Emitted VHDL follows the style of the handwritten library: vsg reports nothing, whatever the names."""

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from jinja2 import FileSystemLoader

from bxnn.boards.board import load_board
from bxnn.compiler.backend.columns import in_columns
from bxnn.compiler.backend.vhdl.interface_of import interface_of
from bxnn.compiler.backend.vhdl.vhdl_backend import VhdlBackend
from bxnn.compiler.backend.vhdl.vhdl_project import VHDL_TEMPLATES, VhdlProject, vhdl_environment
from bxnn.compiler.backend.vhdl.vhdl_stream import StreamVhdlBackend
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.hardware.axi_stream import AxiStream
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from bxnn.compiler.hardware.reset_port import ResetPort
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.weight_loading import WeightLoading
from bxnn.compiler.lowering import lower_all
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.padded import padded
from bxnn.compiler.schedule.scheduling import schedule_graph
from tests.backend.test_input_joined import scheduled as joined_schedule
from tests.layers.firmware import FACTS, schedule
from tests.layers.test_contract import HARDWARE, SERIAL, STAGES, combined
from tests.reload.networks import two_layers
from tests.streams.networks import Chain
from tests.streams.networks import schedule as stream_schedule

SHARED_LINES = 1000
NUMBERS = re.compile(r"--.*|x?\"[0-9A-F_]*\"|\d+| +")
PARTS = 4
CONFIG = Path(__file__).resolve().parents[2] / ".vsg.yaml"
LINEAR = [example for cls in HARDWARE.values() for example in cls.examples() if example.layer.multiplies]
FORMS = [
    LayerSettings("output_serial"),
    LayerSettings("output_switched"),
    LayerSettings("input_serial"),
    LayerSettings(strategy="lut"),
]


def linear_maps() -> VhdlProject:
    """Every linear example, with the forms distributed among them."""
    graph = combined(LINEAR)
    settings = {f"y{number}": FORMS[number % len(FORMS)] for number in range(len(LINEAR))}
    return VhdlBackend(graph, schedule(graph, 5, settings), FACTS)


def stages(serial: bool, part: int = 0, parts: int = 1) -> VhdlProject:
    """Every example of every other layer, or one of each after serial producers; or one of several parts of them."""
    examples = [list(HARDWARE[kind].examples())[: 1 if serial else None] for kind in STAGES]
    graph = combined(list(chain.from_iterable(examples))[part::parts], serial)
    producers = [layer.name for layer in graph.layers if layer.kind == "dense"]
    return VhdlBackend(graph, schedule(graph, 3, dict.fromkeys(producers, SERIAL)), FACTS)


def stream(layers: Chain, pixels: int) -> VhdlProject:
    """A streaming network."""
    graph = layers.graph()
    return StreamVhdlBackend(graph, stream_schedule(graph, pixels, 0), FACTS)


def around() -> VhdlProject:
    """A network with all around it: a tag, padding, an AXI4-Stream wrapper, another reset, registers at the ports."""
    graph = combined(LINEAR[:1])
    registers = replace(EVERY_REGISTER, input_register=True, output_register=True)
    chosen = padded(schedule(graph, 3, pipelining=registers), 4)
    assert isinstance(chosen, Schedule)
    ports = interface_of(graph, chosen, ())
    wrapper = AxiStream.of(ports.inputs, ports.outputs, chosen.latency_cycles, chosen.initiation_interval, 4, 8)
    more = {"tag_bits": 5, "spacing_error": True, "axi_stream": wrapper, "reset": ResetPort(True, True)}
    return VhdlBackend(chosen.graph, chosen, {**FACTS, **more})


def loaded(bus: str) -> VhdlProject:
    """A network whose weights are loaded at run time, with an AXI4-Stream wrapper."""
    chosen = schedule(two_layers(1), 3)
    ports = interface_of(chosen.graph, chosen, ())
    wrapper = AxiStream.of(ports.inputs, ports.outputs, chosen.latency_cycles, chosen.initiation_interval, 4, 8)
    more = {"loading": WeightLoading.of(chosen, bus), "axi_stream": wrapper}
    return VhdlBackend(chosen.graph, chosen, {**FACTS, **more})


def joined() -> VhdlProject:
    """Accumulators joined in cascades of two and three, and slices that are instantiated."""
    graph = combined(LINEAR[:2])
    settings = {f"y{number}": LayerSettings("input_joined", cascade=2 + number) for number in range(2)}
    return VhdlBackend(graph, joined_schedule(graph, 5, settings), {**FACTS, "dsp_primitive": "DSP48E2"})


def turned() -> VhdlProject:
    """An ensemble whose members take turns."""
    config = parse_config("initiation_interval: 6\nensemble: {members: 2, cores: 1}")
    graph, _ = lower_all([two_layers(seed) for seed in range(2)], ["first", "second"], config)
    chosen = schedule_graph(graph, config, load_board(config.board))
    assert isinstance(chosen, Schedule)
    return VhdlBackend(chosen.graph, chosen, FACTS)


def designs() -> dict[str, VhdlProject]:
    """Networks that cover all templates."""
    tiles = Chain((8, 9, 1)).conv(3, (3, 3), before=(1, 1)).relu().pool((2, 2)).conv(2, (2, 2)).relu()
    return {
        "linear": linear_maps(),
        # In parts: the longer a file, the more time vsg needs for each of its lines.
        **{f"alone{part}": stages(False, part, PARTS) for part in range(PARTS)},
        "serial": stages(serial=True),
        "around": around(),
        "loaded": loaded("port"),
        "loaded_bus": loaded("axi-lite"),
        "turned": turned(),
        "joined": joined(),
        "tiles": stream(tiles.dense(2), 1),
        "no_tail": stream(Chain((5, 7, 1)).conv(2, (3, 3), before=(1, 1)).relu(), 3),
        "no_window": stream(Chain((3, 4, 2)).dense(2), 2),
    }


def instantiated(template: str) -> str:
    """The instantiation template in an architecture."""
    library, signals, instance = template.split("\n\n")[1:]
    inside = textwrap.indent(signals, "  "), "begin", textwrap.indent(instance, "  ")
    return "\n\n".join((library, "architecture rtl of around is", *inside, "end architecture rtl;\n"))


def write(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Write what is generated; the library is linted in its own place.

    Several design units share a file, as VHDL allows: to begin a file takes vsg as long as a thousand lines.
    """
    folder.mkdir()
    shared: list[list[str]] = [[]]
    for name, text in files.items():
        if not name.startswith("lib/"):
            if sum(each.count("\n") for each in shared[-1]) > SHARED_LINES:
                shared.append([])
            shared[-1].append(instantiated(text) if name.endswith(".vho") else text)
    paths = [folder / f"units{number}.vhd" for number in range(len(shared))]
    for path, texts in zip(paths, shared, strict=True):
        path.write_text("\n".join(texts))
    return paths


def unlike(files: Mapping[str, str], lines: set[str]) -> dict[str, str]:
    """The files with a line that is not among those before, the shortest ones first; adds theirs."""
    found = {}
    for name, text in sorted(files.items(), key=lambda file: len(file[1])):
        own = {NUMBERS.sub("0", line) for line in text.splitlines()}
        if not own <= lines:
            found[name] = text
        lines |= own
    return found


def errors(paths: list[Path], folder: Path) -> list[str]:
    """What vsg calls errors, one line each."""
    report = folder / "vsg.json"
    # The virtual environment need not be on PATH: CI starts its pytest by name.
    vsg = str(Path(sys.executable).with_name("vsg"))
    command = [vsg, "-c", str(CONFIG), "-p", "2", "-of", "summary", "-js", str(report), "-f", *map(str, paths)]
    subprocess.run(command, check=False, capture_output=True)
    found = json.loads(report.read_text())["files"]
    assert len(found) == len(paths)
    return [
        f"{Path(file['file_path']).relative_to(folder)}:{item['linenumber']}: {item['rule']}: {item['solution']}"
        for file in found
        for item in file["violations"]
        if item.get("severity", "Error") == "Error"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["some", "every"])
def test_vsg_finds_nothing_in_any_template(every: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every generated file, or in those with a line that no other has, apart from its numbers."""
    read: set[str] = set()
    lines: set[str] = set()
    paths: list[Path] = []
    get_source = FileSystemLoader.get_source

    def recorded(loader: FileSystemLoader, environment: object, template: str) -> object:
        read.add(template)
        return get_source(loader, environment, template)  # type: ignore[arg-type]

    monkeypatch.setattr(FileSystemLoader, "get_source", recorded)
    for name, design in designs().items():
        design.environment = vhdl_environment.__wrapped__()  # one that has read nothing yet
        files = design.render()
        paths += write(files if every else unlike(files, lines), tmp_path / name)
    assert read == {str(path.relative_to(VHDL_TEMPLATES)) for path in VHDL_TEMPLATES.rglob("*.j2")}
    assert errors(paths, tmp_path) == []


def test_vsg_finds_what_is_out_of_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.vhd"
    path.write_text("entity wrong is\n  port (\n    clk : in  bit;\n    reset : in  bit\n  );\nend entity wrong;\n")
    assert [line.split(": ")[1] for line in errors([path], tmp_path)] == ["entity_017"]
    path.write_text(in_columns(path.read_text()))
    assert errors([path], tmp_path) == []
