"""The public Python API, available as ``import bxnn``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bxnn.compiler.calibration.formats import Formats
    from bxnn.compiler.errors import BxnnError, InputError, VerificationError
    from bxnn.compiler.report import ReportModel
    from bxnn.compiler.search.search_result import SearchResult
    from bxnn.compiler.sweep.sweep_run import Sweep
    from bxnn.network import Network, Outputs, Values
    from bxnn.sim.beat_packing import BeatPacker
    from bxnn.sim.traced_layer import TracedLayer

    Config = str | PathLike[str] | Mapping[str, Any] | None

__version__ = version("bxnn")

__all__ = [
    "BeatPacker",
    "BxnnError",
    "Formats",
    "InputError",
    "Network",
    "ReportModel",
    "SearchResult",
    "Sweep",
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
    "Network": "bxnn.network",
    "ReportModel": "bxnn.compiler.report",
    "SearchResult": "bxnn.compiler.search.search_result",
    "Sweep": "bxnn.compiler.sweep.sweep_run",
    "TracedLayer": "bxnn.sim.traced_layer",
    "VerificationError": "bxnn.compiler.errors",
}


Source = str | PathLike[str]


def compile(
    model: Any,
    build: Source,
    weights: Source | None = None,
    config: Config = None,
    force: bool = False,
    formats: Source | Formats | None = None,
    example: Any = None,
) -> ReportModel:
    """Compile a model file, or a live model of Keras or torch, into the folder ``build``; see ``bxnn compile``.

    A list of models is an ensemble. ``config`` is design.yaml or its contents, ``formats`` is formats.yaml or from
    ``calibrate``; torch exports a live module with ``example``, a batch of inputs.
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
        return driver.compile_files(path, _path(weights), design, Path(build), force, pairs)


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
    """Choose number formats for a float model, a file or live, from events; see ``bxnn calibrate``.

    Args are those of the command; ``x`` holds real-valued events, batch axis first, by name for several inputs, ``y``
    class numbers or one-hot vectors, ``budget`` limits by name, ``config`` design.yaml or its contents.
    """
    from bxnn.compiler.calibration.formats import calibrated
    from bxnn.compiler.config.given_config import given_config
    from bxnn.compiler.live_models import model_file

    stored = dict(x) if isinstance(x, Mapping) else {"x": x}
    stored |= {} if y is None else {"y": y}
    example = next(iter(stored.values()))[:1]
    with model_file(model, example) as path:
        return calibrated(path, _path(weights), stored, given_config(config), bits, input_bits, budget, loss)


def load(build: Source) -> Network:
    """Open a build folder.

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
    """Simulate a build; see ``bxnn simulate``."""
    from bxnn.compiler import verification

    return verification.simulate(Path(build), _path(data), events, simulator, seed, trust, quick, _path(waves))


def csim(
    build: Source, data: Source | None = None, events: int | None = None, seed: int = 1, trust: bool = False
) -> ReportModel:
    """Run the HLS C++ of a build, compiled with g++; see ``bxnn csim``."""
    from bxnn.compiler import verification

    return verification.csim(Path(build), _path(data), events, seed, trust)


def synthesize(build: Source, trust: bool = False) -> ReportModel:
    """Synthesize a build and check its DSP count; see ``bxnn synthesize``."""
    from bxnn.compiler import verification

    return verification.synthesize(Path(build), trust)


def sweep(model: Source, config: Source, folder: Source, weights: Source | None = None) -> Sweep:
    """Schedule a model at every point of a sweep.yaml; see ``bxnn sweep``."""
    from bxnn.compiler.sweep.sweep_run import run_sweep

    return run_sweep(Path(model), _path(weights), Path(config), Path(folder))


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
    """Train networks that fit a hardware budget, and build the best as verified firmware; see ``bxnn search``.

    ``x`` holds real-valued events, batch axis first, ``y`` class numbers or one-hot vectors; ``config`` is search.yaml
    or its contents, in which ``space`` and ``budget`` are replaced by those given here.
    """
    from bxnn.compiler.search.search_config import given_search
    from bxnn.compiler.search.search_run import search_arrays

    return search_arrays("events", x, y, given_search(config, space, budget), Path(folder), cluster, workers)


def predict(build: Source, values: Values) -> Outputs:
    """Bit-exact emulation of a build; see ``Network.predict``."""
    return load(build).predict(values)


def report(build: Source) -> Path:
    """Render the report of a build and return the path of its HTML page."""
    from bxnn.compiler import driver

    return driver.report(Path(build))


def _path(source: Source | None) -> Path | None:
    return None if source is None else Path(source)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """The class of that name."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)
