"""Events of a verification: those of a file, or random codes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.plural import counted

if TYPE_CHECKING:
    from bxnn.sim.reference import Reference

_LOG = logging.getLogger(__name__)
DEFAULT_EVENTS = 1000  # random events if no input file is given

Codes = Mapping[str, NDArray[np.int64]]


def stimulus(
    reference: Reference, data: Path | None, events: int | None, seed: int
) -> tuple[Mapping[str, NDArray[Any]] | None, NDArray[Any] | None, Codes]:
    """Real values and labels of a file, if one is given, and the codes that the firmware receives."""
    from bxnn.sim.events import random_codes, read_events
    from bxnn.sim.outside_range import events_outside

    if data is None:
        return None, None, random_codes(reference, DEFAULT_EVENTS if events is None else events, seed)
    values, labels = read_events(data, reference, events)
    outside = events_outside(reference.graph, values)
    if outside:
        _LOG.info("%s: %s outside the range of the calibrated inputs", data, counted(outside, "event"))
    codes = {name: array.astype(np.int64) for name, array in reference.quantize_inputs(values).items()}
    return values, labels, codes
