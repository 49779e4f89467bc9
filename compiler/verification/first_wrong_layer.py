"""Finds the first layer that is wrong after a simulation has failed, and records it in the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild
from bxnn.compiler.hardware.port_interface import Interface, Probe
from bxnn.compiler.hardware.read_elements import ReadElements
from bxnn.compiler.layer_difference import LayerDifference, in_words
from bxnn.compiler.report import load_report
from bxnn.compiler.verification.results import logs, updated
from bxnn.compiler.verification.stimulus import Codes

if TYPE_CHECKING:
    from bxnn.sim.rtl import RtlResult


def explained(place: OpenBuild, result: RtlResult, event: Codes | None, seed: int, work: Path) -> str:
    """What is wrong, and the first layer that is wrong for that event: both go into the report and results.xml."""
    from bxnn.sim.rtl import rtl_junit

    seen = result.first_difference or "the simulation did not pass"
    if event is None:
        return seen
    build = Build(place.folder)
    interface = Interface.load(build.interface)
    layer = _first_layer(place, interface, event)
    rtl_junit(interface, result, seed, layer).write(work / "results.xml")
    simulation = load_report(build.report).simulation
    assert simulation is not None
    located = simulation.model_copy(update={"first_wrong_layer": layer})
    updated(place, logs(work, work.name), simulation=located)
    return in_words(seen, layer)


def _first_layer(place: OpenBuild, interface: Interface, event: Codes) -> LayerDifference | None:
    from bxnn.sim.bench.locate import locate
    from bxnn.sim.reference import Reference

    graph = Build(place.folder).graph
    reference, read = Reference(graph), ReadElements.of(graph).masks
    batch = {name: array.reshape(1, *reference.tensors[name].shape) for name, array in event.items()}
    expected = {name: array.astype(np.int64) for name, array in reference.evaluate(batch).items()}
    # The layers of a core on which members take turns are not in the reference, which has them once for each.
    probes = tuple(_of_read(probe, read[probe.layer]) for probe in interface.probes if probe.layer in read)
    return locate(place.folder, replace(interface, probes=probes), event, expected, place.work("layers"))


def _of_read(probe: Probe, read: NDArray[np.bool_]) -> Probe:
    """The probe of a layer without elements that nothing reads: no hardware computes them."""
    rows = ((element if element >= 0 and read[element] else -1 for element in row) for row in probe.elements)
    return replace(probe, elements=tuple(map(tuple, rows)))
