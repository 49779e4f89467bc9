"""The public Python API, available as ``import bxnn``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bxnn.runs import Source, csim, load, path_of, predict, report, simulate, synthesize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bxnn.compiler.calibration.formats import Formats
    from bxnn.compiler.errors import BxnnError, InputError, LimitMissedError, ToolError, VerificationError
    from bxnn.compiler.report import ReportModel
    from bxnn.compiler.search.search_result import SearchResult
    from bxnn.compiler.sweep.sweep_run import Sweep
    from bxnn.network import Network, Values
    from bxnn.sim.beat_packing import BeatPacker
    from bxnn.sim.traced_layer import TracedLayer

    Config = str | PathLike[str] | Mapping[str, Any] | None

__version__ = version("bxnn")

__all__ = [
    "BeatPacker",
    "BxnnError",
    "Formats",
    "InputError",
    "LimitMissedError",
    "Network",
    "ReportModel",
    "SearchResult",
    "Sweep",
    "ToolError",
    "TracedLayer",
    "VerificationError",
    "__version__",
    "calibrate",
    "compile",
    "csim",
    "load",
    "predict",
    "report",
    "search",
    "simulate",
    "sweep",
    "synthesize",
]

# Classes that a user meets; imported on first use, since `import bxnn` is part of every command.
_HOMES = {
    "BeatPacker": "bxnn.sim.beat_packing",
    "BxnnError": "bxnn.compiler.errors",
    "Formats": "bxnn.compiler.calibration.formats",
    "InputError": "bxnn.compiler.errors",
    "LimitMissedError": "bxnn.compiler.errors",
    "Network": "bxnn.network",
    "ReportModel": "bxnn.compiler.report",
    "SearchResult": "bxnn.compiler.search.search_result",
    "Sweep": "bxnn.compiler.sweep.sweep_run",
    "ToolError": "bxnn.compiler.errors",
    "TracedLayer": "bxnn.sim.traced_layer",
    "VerificationError": "bxnn.compiler.errors",
}


def compile(
    model: Any,
    build: Source,
    weights: Source | None = None,
    config: Config = None,
    force: bool = False,
    formats: Source | Formats | None = None,
    example: Any = None,
) -> ReportModel:
    """Compile a model to firmware, emulator, bench and report.

    Args:
        model: A .keras, .h5, .json or .onnx file, or a live model of Keras or torch; a list of them is an ensemble.
        build: The folder to write; files in it that bxnn did not write are left as they are.
        weights: Weights of a .json model.
        config: design.yaml, or its contents as a mapping; an event every bunch crossing by default.
        force: Whether to replace files that were changed after bxnn wrote them.
        formats: formats.yaml, or what `calibrate` returned, for a model without quantizers.
        example: A batch of inputs, with which torch exports a live module.

    Returns:
        The report, in which everything is predicted; it is stored in the build as well.

    Raises:
        InputError: If the model, the configuration or the folder is wrong; nothing is written then.
        LimitMissedError: If no design meets the clock or the budget; it names what comes closest.
    """
    from bxnn.compiler import driver
    from bxnn.compiler.calibration.formats import formats_file
    from bxnn.compiler.config.given_config import given_config
    from bxnn.compiler.live_models import model_file

    models = model if isinstance(model, list | tuple) else [model]
    with ExitStack() as stack:
        path, *others = [stack.enter_context(model_file(one, example)) for one in models]
        design = given_config(config, stack.enter_context(formats_file(formats)))
        pairs = [(other, None) for other in others]
        return driver.compile_files(path, path_of(weights), design, Path(build), force, pairs)


def calibrate(
    model: Any,
    x: Values,
    y: NDArray[Any] | None = None,
    bits: int = 8,
    input_bits: int = 8,
    budget: Mapping[str, float] | None = None,
    loss: float | None = None,
    weights: Source | None = None,
    config: Config = None,
) -> Formats:
    """Choose number formats for a float model from events.

    Args:
        model: A file, or a live model of Keras or torch.
        x: Real-valued events, batch axis first; arrays by name for several inputs.
        y: Class numbers or one-hot vectors, if there are any.
        bits: Of weights and results.
        input_bits: Of the inputs.
        budget: Limits by name, ``dsp``, ``lut``, ``latency_ns``: as many bits as these allow, instead of ``bits``.
        loss: Bits are lowered as far as the loss grows by no more than this, instead of ``bits``.
        weights: Weights of a .json model.
        config: design.yaml, or its contents; formats that it declares stay.

    Returns:
        The formats, for `compile`, and what they keep of the model's decisions on events they were not chosen on.

    Raises:
        InputError: If the model, the events or the configuration is wrong.
    """
    from bxnn.compiler.calibration.formats import calibrated
    from bxnn.compiler.config.given_config import given_config
    from bxnn.compiler.live_models import model_file

    stored = dict(x) if isinstance(x, Mapping) else {"x": x}
    stored |= {} if y is None else {"y": y}
    example = next(iter(stored.values()))[:1]
    with model_file(model, example) as path:
        return calibrated(path, path_of(weights), stored, given_config(config), bits, input_bits, budget, loss)


def sweep(model: Source, config: Source, folder: Source, weights: Source | None = None) -> Sweep:
    """Schedule a model at many points, and draw latency against cost.

    Args:
        model: A model file.
        config: sweep.yaml: a design.yaml in which keys may have several values.
        folder: For the tables, the plot and the answers; points that are answered there are not computed again.
        weights: Weights of a .json model.

    Raises:
        InputError: If the model or sweep.yaml is wrong. A point without a schedule is no error, but a row.
    """
    from bxnn.compiler.sweep.sweep_run import run_sweep

    return run_sweep(Path(model), path_of(weights), Path(config), Path(folder))


def search(
    x: NDArray[Any],
    y: NDArray[Any],
    space: Mapping[str, Any] | None = None,
    budget: Mapping[str, float] | None = None,
    folder: Source = "build/search",
    config: Source | Mapping[str, Any] | None = None,
    cluster: str = "local",
    workers: int | None = None,
) -> SearchResult:
    """Train networks that fit a hardware budget, and build the best as verified firmware.

    Args:
        x: Real-valued events, batch axis first.
        y: Class numbers or one-hot vectors.
        space: Which networks are tried, in place of that of ``config``.
        budget: Limits by name, in place of that of ``config``.
        folder: For the trials and the designs; a search that was stopped goes on from there.
        config: search.yaml, or its contents.
        cluster: ``"local"``, or the address of a Dask scheduler.
        workers: Processes; all cores by default.

    Returns:
        The designs on the front, best first, and how many networks were refused and trained.

    Raises:
        InputError: If the events or the configuration are wrong.
        VerificationError: If the firmware of a design is not as predicted.
    """
    from bxnn.compiler.search.search_config import given_search
    from bxnn.compiler.search.search_run import search_arrays

    return search_arrays("events", x, y, given_search(config, space, budget), Path(folder), cluster, workers)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """The class of that name."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
