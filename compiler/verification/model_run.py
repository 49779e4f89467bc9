"""The model of a build in its own framework, on the events of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxnn.compiler.accuracy_on_events import GivenEvents
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild
from bxnn.compiler.stages import begin_stage

if TYPE_CHECKING:
    from bxnn.sim.float_comparison import FloatComparison
    from bxnn.sim.float_model import ModelRun
    from bxnn.sim.reference import Reference


def model_run(place: OpenBuild, reference: Reference, given: GivenEvents) -> ModelRun | None:
    """What the model computes; ``None`` if it is not one of Keras or ONNX, or what it needs is not installed."""
    from bxnn.sim.float_model import run_model, runs

    files = Build(place.folder).model
    if files is None or not runs(files[0]) or reference.graph.members or reference.graph.chooser:
        return None
    begin_stage("compare with the float model")
    return run_model(*files, reference, given.values, place.work("float_model"))


def compared_members(place: OpenBuild, reference: Reference, given: GivenEvents) -> FloatComparison | None:
    """Every member or set of weights against its own model; ``None`` if there is one, or as ``model_run``."""
    from bxnn.sim.ensemble_comparison import compare_members, compare_sets
    from bxnn.sim.float_model import runs

    files, graph = Build(place.folder).models, reference.graph
    if not (graph.members or graph.chooser) or not all(runs(model) for model, _ in files):
        return None
    begin_stage("compare with the float models")
    compare_all = compare_sets if graph.chooser else compare_members
    return compare_all(files, reference, given.values, given.labels, place.work("float_model"))
