"""Simulated jets: Pythia 8 makes the events, FastJet the jets, the hard process the labels.

One `JetClass` names the Pythia processes whose two outgoing objects are both of that class, so the leading
jet of an event needs no tagging: it must only point in the direction of one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fastjet
import numpy as np
from numpy.typing import NDArray

from examples.pythia import make_pythia

JET_RADIUS = 0.8
MATCH_RADIUS = 0.4  # largest distance between the jet axis and the truth object
MAX_ABS_RAPIDITY = 2.0
MMDT_Z_CUT = 0.1  # Source: the value of arXiv:1307.0007 used by arXiv:1709.08705


@dataclass(frozen=True)
class JetClass:
    """A label and the Pythia settings of the processes that produce it, pairwise."""

    name: str
    settings: tuple[str, ...]
    is_resonance: bool


HADRONIC_W = ("24:onMode = off", "24:onIfAny = 1 2 3 4 5")
HADRONIC_Z = ("23:onMode = off", "23:onIfAny = 1 2 3 4 5")
TOP_PROCESSES = ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on")
CLASSES = (
    JetClass("q", ("HardQCD:qq2qq = on", "HardQCD:gg2qqbar = on", "HardQCD:qqbar2qqbarNew = on"), False),
    JetClass("g", ("HardQCD:gg2gg = on", "HardQCD:qqbar2gg = on"), False),
    JetClass("W", ("WeakDoubleBoson:ffbar2WW = on", *HADRONIC_W), True),
    JetClass("Z", ("WeakDoubleBoson:ffbar2gmZgmZ = on", "WeakZ0:gmZmode = 2", *HADRONIC_Z), True),
    JetClass("t", (*TOP_PROCESSES, *HADRONIC_W), True),
)


@dataclass(frozen=True)
class Jet:
    """One labelled jet; pT and mass in GeV, constituent arrays with columns (pT, rapidity, azimuth)."""

    pt: float
    rapidity: float
    azimuth: float
    constituents: NDArray[np.float64]
    groomed: NDArray[np.float64]
    groomed_mass: float


def generate_jets(jet_class: JetClass, seed: int, pt_min: float, pt_max: float) -> Iterator[Jet]:
    """Yields accepted jets of one class endlessly, at most one (the leading jet) per event.

    The parton-level window is wider than the jet window `[pt_min, pt_max]` (GeV), because radiation moves jets both
    ways.
    """
    window = (f"PhaseSpace:pTHatMin = {0.9 * pt_min}", f"PhaseSpace:pTHatMax = {1.3 * pt_max}")
    pythia = make_pythia(jet_class.name, seed, *window, *jet_class.settings)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, JET_RADIUS)
    while True:
        if not pythia.next():
            continue
        particles = [
            fastjet.PseudoJet(p.px(), p.py(), p.pz(), p.e()) for p in pythia.event if p.isFinal() and p.isVisible()
        ]
        cluster = fastjet.ClusterSequence(particles, definition)
        jets = cluster.inclusive_jets(pt_min)
        if not jets:
            continue
        leading = max(jets, key=lambda jet: jet.pt())
        in_window = leading.pt() < pt_max and abs(leading.rap()) < MAX_ABS_RAPIDITY
        if in_window and is_matched(leading, pythia.event, jet_class.is_resonance):
            yield groom(leading)


def is_matched(jet: Any, event: Any, is_resonance: bool) -> bool:
    """Whether the jet axis lies within `MATCH_RADIUS` of an outgoing object of the hard process.

    Entries 5 and 6 of Pythia's record are the outgoing pair of a 2 -> 2 process.
    For a W, Z or top, the copy that decays is taken; for a quark or gluon, the copy that first branches: both have
    recoiled against the initial-state radiation.
    """
    for entry in (5, 6):
        copy = event[entry].iBotCopyId() if is_resonance else event[entry].iBotCopy()
        truth = event[copy]
        if jet.delta_R(fastjet.PseudoJet(truth.px(), truth.py(), truth.pz(), truth.e())) < MATCH_RADIUS:
            return True
    return False


def groom(jet: Any) -> Jet:
    """The jet with its modified-mass-drop part, from all of the jet's constituents.

    The jet is reclustered with Cambridge/Aachen and undone step by step; the softer branch is dropped until
    min(pT1, pT2) / (pT1 + pT2) > `MMDT_Z_CUT`. If no step passes, the last particle remains.

    Source: arXiv:1307.0007 (mMDT), which is soft drop with beta = 0, arXiv:1402.2657.
    """
    members = list(jet.constituents())
    # The radius 2 R only has to be large enough for all constituents to end in one jet.
    definition = fastjet.JetDefinition(fastjet.cambridge_algorithm, 2 * JET_RADIUS)
    cluster = fastjet.ClusterSequence(members, definition)
    branch = max(cluster.inclusive_jets(0.0), key=lambda part: part.pt())
    first, second = fastjet.PseudoJet(), fastjet.PseudoJet()
    while branch.has_parents(first, second):
        harder, softer = (first, second) if first.pt() > second.pt() else (second, first)
        if softer.pt() > MMDT_Z_CUT * (harder.pt() + softer.pt()):
            break
        branch = fastjet.PseudoJet(harder)
    return Jet(
        pt=jet.pt(),
        rapidity=jet.rap(),
        azimuth=jet.phi(),
        constituents=coordinates(members),
        groomed=coordinates(branch.constituents()),
        groomed_mass=max(branch.m(), 0.0),
    )


def coordinates(particles: Any) -> NDArray[np.float64]:
    """(pT, rapidity, azimuth) of each particle, shape (particles, 3)."""
    return np.array([(p.pt(), p.rap(), p.phi()) for p in particles], dtype=np.float64)
