"""Whether a layer can have the binding whose accumulators are joined in cascades, if the user asks for it."""

from __future__ import annotations

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.input_joined import LENGTHS
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.schedule.dsp.device import WITH_W, Multiplier


def check_joined(subject: str, linear: LinearMap, cascade: int | None, multiplier: Multiplier) -> None:
    """Refuse `binding: input_joined` where it cannot be built.

    Args:
        subject: The layer, for error messages.
        linear: Its map.
        cascade: Lanes of a cascade that the user asks for, or ``None``.
        multiplier: The device's DSP slice.

    Raises:
        ScheduleError: Naming what is missing.
    """
    asked = "binding input_joined"
    if multiplier.name not in WITH_W:
        slices = " or ".join(WITH_W)
        problem = f"{asked} takes the W multiplexer of a {slices}, but the device has {multiplier.name}s"
    elif not multiplier.instantiated:
        problem = (
            f"{asked} takes the W multiplexer of a {multiplier.name}, which is only used if slices are instantiated"
        )
        raise ScheduleError(subject, f"{problem}; write dsp: instantiated, or use input_serial")
    elif not linear.is_fixed:
        varies = "loaded at run time" if linear.reload is not None else "different for every channel"
        problem = f"{asked} needs constant weights, but they are {varies}"
    elif cascade is not None and cascade not in LENGTHS:
        choices = " or ".join(map(str, LENGTHS))
        raise ScheduleError(subject, f"cascade {cascade} with {asked} cannot be built; use {choices}")
    else:
        return
    raise ScheduleError(subject, f"{problem}; use input_serial")
