"""Runs of a build: simulation, HLS C++, synthesis, emulation, report. Public as names of ``bxnn``."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bxnn.compiler.report import ReportModel
    from bxnn.network import Network, Outputs, Values

Source = str | PathLike[str]


def load(build: Source) -> Network:
    """Open a build folder.

    Args:
        build: The folder that ``bxnn.compile`` wrote.

    Raises:
        InputError: If it holds no build.
    """
    from bxnn.network import Network

    return Network(build)


def simulate(
    build: Source,
    data: Source | None = None,
    events: int | None = None,
    simulator: Literal["ghdl", "verilator"] = "ghdl",
    seed: int = 1,
    trust: bool = False,
    quick: bool = False,
    waves: Source | None = None,
) -> ReportModel:
    """Simulate the VHDL of a build, and compare every output bit and every cycle with the prediction.

    Args:
        build: The build folder.
        data: Real-valued events, .npy or .npz; the Keras model is then compared too, if TensorFlow is installed. Random
            events by default.
        events: How many; all of a file by default.
        simulator: ``"ghdl"`` or ``"verilator"``.
        seed: Of random events and gaps.
        trust: Whether to run code of the build that another user wrote or that was changed after bxnn wrote it.
        quick: Whether to leave out the events that the bench adds.
        waves: File for all signals over time: .vcd, .fst or .ghw.

    Returns:
        The report with what was measured, which is stored in the build as well.

    Raises:
        InputError: If the build or the data is wrong, or a tool is missing (``ToolError``).
        VerificationError: If anything is not as predicted; the first difference is named.
    """
    from bxnn.compiler import verification

    return verification.simulate(Path(build), path_of(data), events, simulator, seed, trust, quick, path_of(waves))


def csim(
    build: Source, data: Source | None = None, events: int | None = None, seed: int = 1, trust: bool = False
) -> ReportModel:
    """Run the HLS C++ of a build, compiled with g++, and compare every output element with the prediction.

    Args:
        build: The build folder.
        data: Real-valued events, .npy or .npz; random ones by default.
        events: How many; all of a file by default.
        seed: Of random events.
        trust: As in `simulate`.

    Returns:
        The report with what was measured, which is stored in the build as well.

    Raises:
        InputError: If the build or the data is wrong, or a tool is missing (``ToolError``).
        VerificationError: If an element differs.
    """
    from bxnn.compiler import verification

    return verification.csim(Path(build), path_of(data), events, seed, trust)


def synthesize(build: Source, trust: bool = False) -> ReportModel:
    """Synthesize a build with GHDL and yosys: DSPs, LUTs, flip-flops and slowest paths beside the prediction.

    Args:
        build: The build folder.
        trust: As in `simulate`.

    Returns:
        The report with what was counted, which is stored in the build as well.

    Raises:
        InputError: If the build is wrong, or a tool is missing (``ToolError``).
        VerificationError: If DSPs differ from the prediction, or a path is slower than predicted.
    """
    from bxnn.compiler import verification

    return verification.synthesize(Path(build), trust)


def predict(build: Source, values: Values) -> Outputs:
    """What the firmware computes for events, bit for bit.

    Args:
        build: The build folder.
        values: Real-valued events, batch axis first; arrays by name for several inputs.

    Returns:
        Real-valued outputs, float64: an array for one output, else arrays by name.

    Raises:
        InputError: If the build is wrong, or events have another shape than the network's inputs.
    """
    return load(build).predict(values)


def report(build: Source) -> Path:
    """Render report.html and report.md of a build again.

    Args:
        build: The build folder.

    Returns:
        The HTML page.

    Raises:
        InputError: If the folder holds no build.
    """
    from bxnn.compiler import driver

    return driver.report(Path(build))


def path_of(source: Source | None) -> Path | None:
    """A path, if there is one."""
    return None if source is None else Path(source)
