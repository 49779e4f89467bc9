"""The functions in the package of a streaming network: they place pixels where its input takes them."""

from pathlib import Path

import pytest

from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.entities.package_bench import wrong_call
from tests.streams.networks import Chain

# Rows of whole beats, and rows that end within one.
SHAPES = {"whole": ((4, 4, 1), 2), "cut": ((3, 5, 2), 2), "single": ((3, 4, 3), 1)}
CHANGES = (
    ("row * IN_BEATS_PER_ROW +", "row * IN_BEATS_PER_ROW -"),
    ("return row * IN_BEATS_PER_ROW", "return row * IN_PIXELS_PER_BEAT"),
    ("* IN_CHANNELS + channel)", "* IN_CHANNELS - channel)"),
    (
        "result(LOW + in_code_t'length - 1 downto LOW) := code;",
        "result(LOW + in_code_t'length - 1 downto LOW) := not code;",
    ),
    ("return beat(LOW + in_code_t'length - 1 downto LOW);", "return not beat(LOW + in_code_t'length - 1 downto LOW);"),
)


def called(name: str, folder: Path) -> tuple[Path, Interface]:
    """A build's package and interface."""
    shape, pixels = SHAPES[name]
    graph = Chain(shape).conv(1, (2, 2)).graph()
    driver.compile_graph(
        graph, parse_config(f"initiation_interval: 40\nform: streaming\npixels_per_cycle: {pixels}"), folder
    )
    build = Build(folder)
    return build.vhdl / f"{graph.name}_pkg.vhd", Interface.load(build.interface)


@pytest.mark.parametrize("name", SHAPES)
def test_pixels_are_where_the_input_takes_them(name: str, tmp_path: Path) -> None:
    package, interface = called(name, tmp_path / "build")
    assert wrong_call(package, interface.inputs[0], SHAPES[name][0], tmp_path / "right") is None
    if name != "cut":
        return
    text = package.read_text()
    for number, (old, new) in enumerate(CHANGES):
        assert old in text
        changed = tmp_path / f"{number}" / package.name
        changed.parent.mkdir()
        changed.write_text(text.replace(old, new))
        assert wrong_call(changed, interface.inputs[0], SHAPES[name][0], changed.parent) is not None
