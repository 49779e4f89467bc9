"""Simulated collisions: Pythia 8 makes the particles and says where the hadronic tau decays are.

Three processes: Z/gamma* -> tau tau (signal), dijets (background) and inelastic collisions (pile-up). All
particles are assumed to come from the centre of the detector.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examples.pythia import make_pythia

Array = NDArray[np.float64]

MAX_ABS_ETA = 2.6  # slightly more than the towers cover, for showers that leak in from outside
ELECTRON, MUON, TAU = 11, 13, 15
NEUTRINOS = (12, 14, 16)
INVISIBLE = (MUON, *NEUTRINOS)  # particles that leave nothing in this calorimeter, by |PDG id|
PYTHIA_SEEDS = 900_000_000  # Source: Pythia 8 manual, Random:seed runs from 1 to this


@dataclass(frozen=True)
class Process:
    """A name and the Pythia settings that switch the process on."""

    name: str
    settings: tuple[str, ...]


TAU_PAIRS = Process(
    "tau",
    (
        "WeakSingleBoson:ffbar2gmZ = on",
        "PhaseSpace:mHatMin = 60",
        "23:onMode = off",
        "23:onIfAny = 15",
        "15:offIfAny = 11 13",  # no leptonic decays: this trigger does not look for them
    ),
)
# The spectrum falls like a high power of pT-hat. Events are generated with (pT-hat / 20 GeV)^2 times their natural
# rate and carry the inverse as their weight.
DIJETS = Process(
    "jet",
    (
        "HardQCD:all = on",
        "PhaseSpace:pTHatMin = 20",
        "PhaseSpace:bias2Selection = on",
        "PhaseSpace:bias2SelectionPow = 2",
        "PhaseSpace:bias2SelectionRef = 20",
    ),
)
MINIMUM_BIAS = Process("minimum bias", ("SoftQCD:inelastic = on",))


@dataclass(frozen=True)
class Event:
    """What one collision sends towards the calorimeter.

    `particles` has the columns (|PDG id|, charge, energy in GeV, pT in GeV, eta, phi), one row per final
    particle that interacts; `taus` the columns (visible pT in GeV, eta, phi), one row per hadronic tau decay.
    """

    particles: Array
    taus: Array
    weight: float


def generate_events(process: Process, seed: int) -> Iterator[Event]:
    """Yields events of one process endlessly."""
    pythia = make_pythia(process.name, 1 + seed % PYTHIA_SEEDS, *process.settings)
    while True:
        if pythia.next():
            yield read_event(pythia.event, pythia.infoPython().weight())


def read_event(record: Any, weight: float) -> Event:
    """Copies particles and tau decays from Pythia's event record."""
    particles: list[tuple[float, ...]] = []
    taus: list[tuple[float, float, float]] = []
    for entry in record:
        species = entry.idAbs()
        if entry.isFinal():
            if species not in INVISIBLE and abs(eta := entry.eta()) < MAX_ABS_ETA:
                particles.append((species, entry.charge(), entry.e(), entry.pT(), eta, entry.phi()))
        elif species == TAU and is_hadronic_decay(record, entry):
            taus.append(visible_momentum(record, entry))
    return Event(
        particles=np.array(particles, dtype=np.float64).reshape(-1, 6),
        taus=np.array(taus, dtype=np.float64).reshape(-1, 3),
        weight=weight,
    )


def is_hadronic_decay(record: Any, tau: Any) -> bool:
    """Whether this entry is a tau that decays, not a copy that radiates, and not into an electron or muon."""
    daughters = [record[index].idAbs() for index in tau.daughterList()]
    return TAU not in daughters and ELECTRON not in daughters and MUON not in daughters


def visible_momentum(record: Any, tau: Any) -> tuple[float, float, float]:
    """(pT, eta, phi) of the sum of all final decay products except the neutrinos."""
    px = py = pz = 0.0
    for index in tau.daughterListRecursive():
        product = record[index]
        if product.isFinal() and product.idAbs() not in NEUTRINOS:
            px, py, pz = px + product.px(), py + product.py(), pz + product.pz()
    pt = math.hypot(px, py)
    return pt, math.asinh(pz / max(pt, 1e-9)), math.atan2(py, px)
