"""The model of a build in its own framework, on the events of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bxnn.compiler.accuracy_on_events import GivenEvents
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild
from bxnn.compiler.stages import begin_stage

if TYPE_CHECKING:
    from bxnn.sim.float_model import ModelRun
    from bxnn.sim.reference import Reference


def model_run(place: OpenBuild, reference: Reference, given: GivenEvents) -> ModelRun | None:
    """What the model computes; ``None`` if the build has no Keras model, or what it needs is not installed."""
    from bxnn.sim.float_file import holds_keras
    from bxnn.sim.float_model import run_model

    files = Build(place.folder).model
    if files is None or not holds_keras(files[0]):
        return None
    begin_stage("compare with the float model")
    return run_model(*files, reference, given.values, place.work("float_model"))
