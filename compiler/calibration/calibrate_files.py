"""``bxnn calibrate`` from files to files: formats.yaml, the picture of a search, and what an interrupted one needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.calibration.calibrate import Calibration, Memory, Model, calibrate
from bxnn.compiler.calibration.formats_output import write_whole
from bxnn.compiler.calibration.request import Request
from bxnn.compiler.calibration.spread_losses import spread_losses
from bxnn.compiler.calibration.trade_off_plot import trade_off_picture
from bxnn.compiler.config.design_config import DesignConfig
from bxnn.compiler.files import sha256
from bxnn.compiler.frontend import load_model

_MOST_BYTES = 1 << 24


@dataclass(frozen=True, eq=False)
class Written:
    """What a calibration found.

    Attributes:
        found: The calibration.
        paths: Files that were written.
    """

    found: Calibration
    paths: tuple[Path, ...]


def model_of(path: Path, weights: Path | None, name: str | None = None) -> Model:
    """A model in files."""
    files = (path,) if weights is None else (path, weights)
    return Model(path.name, lambda types: load_model(path, weights, name, types=types, floats=True), files)


def calibrate_files(
    model: Path,
    weights: Path | None,
    events: Path,
    output: Path,
    config: DesignConfig,
    request: Request,
    say: Callable[[str], None] = lambda _: None,
    cluster: str | None = None,
) -> Written:
    """Calibrate, and write formats.yaml; after a search, its picture beside it, if matplotlib is installed.

    Args:
        model: The model file.
        weights: Weights file of a .json model.
        events: Real-valued events.
        output: The file to write.
        config: The user's configuration.
        request: Widths and criteria.
        say: Told how far a search is.
        cluster: Where a search computes losses: on all cores, ``local``; at a Dask scheduler, its address; or in this
            process, ``None``.

    Raises:
        InputError: As ``calibrate``, or if a file cannot be read or written.
        LimitMissedError: As ``calibrate``.
    """
    from bxnn.sim.array_file import read_arrays

    stored = read_arrays(events)
    source = model_of(model, weights, config.name)
    source.read(config.declared_types())  # a model that is refused is refused before events are looked at
    progress = output.with_name(f".{output.name}.progress.json")
    memory = replace(_memory(progress, [*source.files, events], config, request), say=say)
    with spread_losses(cluster if request.searches else None) as spread:
        found = calibrate(source, str(events), stored, config, request, replace(memory, spread=spread))
    paths = [output]
    picture = None
    if found.facts.trade_off:
        board = chosen_board(config)
        picture = trade_off_picture(found.facts.trade_off, board.lut / board.dsp)
    if picture is not None:
        paths.append(output.with_suffix(".png"))
        write_whole(paths[-1], picture)
    write_whole(output, found.text.encode())
    progress.unlink(missing_ok=True)
    return Written(found, tuple(paths))


def _memory(progress: Path, files: list[Path], config: DesignConfig, request: Request) -> Memory:
    """Losses that an interrupted search of the same files and options has left."""
    if not request.searches:
        return Memory()
    about = [version("bxnn"), repr(config), repr(request), *(sha256(path) for path in files)]
    key = hashlib.sha256("\n".join(about).encode()).hexdigest()
    losses: dict[str, float] = {}
    try:
        stored = json.loads(progress.read_bytes()[:_MOST_BYTES])
        if stored["about"] == key:
            losses = {str(name): float(value) for name, value in stored["losses"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass  # there is none, or it is not ours
    return Memory(losses, lambda: write_whole(progress, json.dumps({"about": key, "losses": losses}).encode()))
