"""The build made from each ModelGraph of this process: several models may be given one output folder."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.backend.build_identity import BuildIdentity
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.errors import InputError

if TYPE_CHECKING:
    from bxnn.sim.emulator import Emulator

_ADVICE = "call compile() of this model again, or give each model its own output_dir"


class BuiltModel:
    """The build of one ModelGraph."""

    def __init__(self, folder: Path) -> None:
        self._build = Build.open(folder.resolve())
        self._identity = BuildIdentity(self._build)

    def check(self) -> None:
        """Check that the folder still holds the build of this model.

        Raises:
            InputError: If another model was compiled into it.
        """
        self._identity.check(_ADVICE)

    @cached_property
    def emulator(self) -> Emulator:
        """The emulator, compiled at first use; it then computes this model, whatever happens to the folder.

        Raises:
            InputError: If another model was compiled into the folder in the meantime.
        """
        from bxnn.sim.emulator import Emulator
        from bxnn.sim.reference import Reference

        with opened(self._build.folder, "ir", "emulator", writes=True) as place:
            build = Build(place.folder)
            found = Emulator(build.emulator, place.work("emulator"), Reference(build.graph))
        self.check()  # keep nothing that may have been read from another build
        return found


_built: WeakKeyDictionary[Any, BuiltModel] = WeakKeyDictionary()


def remember(model: Any, folder: Path) -> None:
    """Record that a build was made from a ModelGraph in a folder."""
    _built[model] = BuiltModel(folder)


def forget(model: Any) -> None:
    """Forget the build of a ModelGraph."""
    _built.pop(model, None)


def is_built(model: Any) -> bool:
    """Whether a build was made from a ModelGraph and not forgotten."""
    return model in _built


def built(model: Any) -> BuiltModel:
    """The build last made from a ModelGraph.

    Raises:
        InputError: If there is none.
    """
    if model not in _built:
        raise InputError(str(model.config.get_project_name()), "is not compiled; call compile() first")
    return _built[model]
