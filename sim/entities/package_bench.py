"""Calls the functions that the package of a streaming network has for its users.

The network does not use them, so that simulating it does not show whether they are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Port
from bxnn.compiler.templates import template_environment
from bxnn.sim.bench.ghdl import run
from bxnn.sim.process import run_tool

_TEMPLATE = "package_bench.vhd.j2"
_TOP = "package_bench"
_PLACE = ("--std=08", "--workdir=.")


def wrong_call(package: Path, port: Port, shape: Sequence[int], folder: Path) -> str | None:
    """What GHDL says of the first call that is wrong; ``None`` if all are right.

    Args:
        package: File of the package, which is named like it.
        port: The streaming input, of which the package speaks.
        shape: Height, width and channels of the image that arrives there.
        folder: Where GHDL works; made, with its parents.

    Raises:
        VerificationError: If GHDL cannot analyse the package.
    """
    folder.mkdir(parents=True, exist_ok=True)
    places = list(_places(port, shape))
    template = template_environment(Path(__file__).parent).get_template(_TEMPLATE)
    bench = folder / f"{_TOP}.vhd"
    bench.write_text(template.render(package=package.stem, places=places), encoding="utf-8")
    command = ["ghdl", "-a", *_PLACE, str(package.resolve()), bench.name]
    run(command, folder, folder / "ghdl.log", package.stem, "ghdl could not analyse the VHDL")
    done = run_tool(["ghdl", "--elab-run", *_PLACE, _TOP], folder)
    said = done.stdout + done.stderr
    if done.returncode == 0 and f"checked {len(places)} places" not in said:
        raise VerificationError(package.stem, "its functions were not called; see what ghdl says")
    return None if done.returncode == 0 else said


def _places(port: Port, shape: Sequence[int]) -> Iterator[tuple[int, int, int, int, int]]:
    """Row, column, channel, beat and lane of every element."""
    _, width, channels = shape
    for beat, lanes in enumerate(port.beats):
        for lane, element in enumerate(lanes):
            if element >= 0:
                pixel, channel = divmod(element, channels)
                yield *divmod(pixel, width), channel, beat, lane
