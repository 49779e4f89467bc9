"""Pattern files of MP7 and EMP boards with the events of a simulation."""

from __future__ import annotations

from pathlib import Path

from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import opened
from bxnn.compiler.delivery.patterns import most_events, pattern_files
from bxnn.compiler.delivery.vector_text import text_of
from bxnn.compiler.errors import InputError
from bxnn.compiler.files import naming
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.verification.stimulus import stimulus


def check_patterns(output: Path | None, build: Path) -> None:
    """Refuse a folder that pattern files cannot be written to.

    Raises:
        InputError: If it is a file, or in the build.
    """
    if output is None:
        return
    if output.exists() and not output.is_dir():
        raise InputError(str(output), "is a file; name a folder with --patterns")
    if output.resolve().is_relative_to(build.resolve()):
        raise InputError(str(output), "is inside the build; name a folder outside it with --patterns")


def write_patterns(build: Path, data: Path | None, events: int | None, seed: int, output: Path) -> None:
    """Write the first events of a simulation and their results, as many as the buffers of a board take.

    Args:
        build: The build folder.
        data: Real-valued events; random codes without it.
        events: As for ``simulate``.
        seed: As for ``simulate``.
        output: The folder that receives `emp_in.txt`, `emp_out.txt` and, unless the network streams, the two of MP7.

    Raises:
        InputError: If something cannot be read or written.
    """
    from bxnn.sim.reference import Reference

    with opened(build, "ir", "sim/interface.json") as place:
        interface, reference = Interface.load(Build(place.folder).interface), Reference(Build(place.folder).graph)
        _, _, codes = stimulus(reference, data, events, seed)
    kept = {name: array[: most_events(interface)] for name, array in codes.items()}
    chooser = reference.graph.chooser
    tags = kept[chooser].ravel().tolist() if chooser else None
    files = pattern_files(text_of(interface, kept, reference.output_codes(kept)), interface, tags)
    with naming(output):
        output.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (output / name).write_text(text, encoding="utf-8")
