"""The event generator of both examples."""

from __future__ import annotations

from typing import Any

import pythia8mc

COM_ENERGY_GEV = 13600.0


def make_pythia(name: str, seed: int, *process: str) -> Any:
    """A quiet, initialised generator with Pythia's default (Monash) tune.

    Its defaults keep initial- and final-state showers, multiple parton interactions and hadronisation on; there is no
    pile-up.

    Args:
        name: Of the process, for errors.
        seed: From 1 to 900,000,000.
        process: Settings that switch the process on.

    Raises:
        ValueError: Pythia does not know a setting or cannot start.

    Source: Pythia 8 manual, Random:seed.
    """
    pythia = pythia8mc.Pythia("", False)
    quiet = ("Print:quiet = on", f"Beams:eCM = {COM_ENERGY_GEV}", "Random:setSeed = on", f"Random:seed = {seed}")
    for setting in (*quiet, *process):
        if not pythia.readString(setting):
            raise ValueError(f"{name}: Pythia refused the setting {setting!r}")
    if not pythia.init():
        raise ValueError(f"{name}: Pythia did not start")
    return pythia
