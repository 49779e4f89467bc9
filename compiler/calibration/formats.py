"""Number formats as an object of the Python API: chosen by ``bxnn.calibrate``, read by ``bxnn.compile``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from pydantic import ValidationError

from bxnn.compiler.calibration.calibrate import Calibration, calibrate
from bxnn.compiler.calibration.calibrate_files import model_of
from bxnn.compiler.calibration.formats_output import write_whole
from bxnn.compiler.calibration.request import Request
from bxnn.compiler.config.design_config import Budget, DesignConfig
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.report.calibration_facts import CalibrationFacts


@dataclass(frozen=True, eq=False)
class Formats:
    """Number formats that a calibration has chosen.

    Attributes:
        found: The calibration.
    """

    found: Calibration

    @property
    def measured(self) -> CalibrationFacts:
        """The firmware against the float model on events that the calibration did not see."""
        return self.found.facts

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know about the events, one line each."""
        return self.found.cautions

    def save(self, path: str | PathLike[str]) -> None:
        """Write formats.yaml."""
        write_whole(Path(path), self.found.text.encode())

    def __repr__(self) -> str:
        return f"<bxnn.Formats {self.measured.sentence}>"

    def __str__(self) -> str:
        """formats.yaml."""
        return self.found.text


def calibrated(
    path: Path,
    weights: Path | None,
    stored: Mapping[str, Any],
    config: DesignConfig,
    bits: int,
    input_bits: int,
    budget: Mapping[str, float] | None,
    loss: float | None,
) -> Formats:
    """``bxnn.calibrate`` for a model in a file.

    Raises:
        InputError: If something is wrong with the model, the events or the options.
        LimitMissedError: If a budget or a limit on the loss cannot be met.
    """
    try:
        limits = None if budget is None else Budget.model_validate(dict(budget))
    except ValidationError as error:
        problem = error.errors()[0]
        raise ConfigError(f"budget: {problem['loc'][0]}", f"{problem['msg']}; use dsp, lut, latency_ns") from None
    request = Request(bits, input_bits, limits, loss)
    arrays = {name: np.asarray(array) for name, array in stored.items()}
    return Formats(calibrate(model_of(path, weights, config.name), "events", arrays, config, request))


@contextmanager
def formats_file(formats: str | PathLike[str] | Formats | None) -> Iterator[Path | None]:
    """The file of number formats, a temporary one for an object."""
    if not isinstance(formats, Formats):
        yield None if formats is None else Path(formats)
        return
    with TemporaryDirectory(prefix="bxnn-") as folder:
        path = Path(folder) / "formats.yaml"
        formats.save(path)
        yield path
