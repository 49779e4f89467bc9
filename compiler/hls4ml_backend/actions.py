"""What hls4ml requires of a back end: configuration, ``write``, ``compile``, ``predict`` and ``build`` of a model.

bxnn's compiler is imported only when a model is written.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

from bxnn.compiler.hls4ml_backend import NAME

_LOG = logging.getLogger(__name__)
_KNOWN = ("part", "board", "clock_period", "io_type", "initiation_interval")
_OF_WRITERS = {
    "namespace": "Namespace",
    "write_weights_txt": "WriteWeightsTxt",
    "write_tar": "WriteTar",
    "tb_output_stream": "TBOutputStream",
    "write_emulation_constants": "WriteEmulationConstants",
}
_ONE_FOLDER = {"WriteTar": False}
_CLOCK_PERIOD = 5  # ns, the default of hls4ml
_ASK_NOTHING = ("clock_uncertainty", "input_shape", *_OF_WRITERS)


def initial_config(options: dict[str, Any]) -> dict[str, Any]:
    """hls4ml's configuration from the keywords of ``convert_from_*_model``.

    Raises:
        ConfigError: If a keyword is not one of ours.
    """
    from bxnn.compiler.errors import ConfigError
    from bxnn.compiler.nearest import unknown

    for key in options:
        if key not in (*_KNOWN, *_ASK_NOTHING):
            raise ConfigError(f"backend {NAME}", f"keyword {key!r} {unknown(key, _KNOWN)}")
    writer = {name: options[key] for key, name in _OF_WRITERS.items() if options.get(key) is not None}
    return {
        "Part": options.get("part"),
        "Board": options.get("board"),
        "ClockPeriod": _CLOCK_PERIOD if options.get("clock_period") is None else options["clock_period"],
        "IOType": options.get("io_type") or "io_parallel",
        "InitiationInterval": options.get("initiation_interval"),
        "HLSConfig": {},
        "ClockUncertainty": options.get("clock_uncertainty"),
        **({"WriterConfig": writer} if writer else {}),
    }


def write(model: Any) -> None:
    """Make the build in the model's output folder, beside the files that a user of hls4ml keeps there.

    ``write_tar`` asks for an archive of the folder; what else is asked of writers is noted and ignored.
    What the firmware leaves out is issued as warnings. Other notices of the report change no result and are logged:
    warnings may have been turned into errors.
    """
    from bxnn.compiler.hls4ml_backend.built import forget, remember
    from bxnn.compiler.hls4ml_backend.compile import compile_model_graph
    from bxnn.compiler.hls4ml_backend.folder_archive import archive_beside, write_archive
    from bxnn.compiler.hls4ml_backend.ignored_keys import ignored

    folder = Path(model.config.get_output_dir())
    forget(model)  # if it is refused now, an earlier state of it must not be used
    config = model.config.config
    writer = dict(config.get("WriterConfig") or {})
    archive = archive_beside(folder) if writer.pop("WriteTar", False) else None
    asked = {
        "ClockUncertainty": config.get("ClockUncertainty"),
        "WriterConfig": {**_ONE_FOLDER, **writer} if writer else None,
    }
    report = compile_model_graph(model, folder, notices=ignored("hls4ml", asked), beside=True)
    remember(model, folder)
    if archive is not None:
        write_archive(folder, archive)
    for notice in report.notices:
        if notice in report.left_out:
            warnings.warn(notice, stacklevel=2)
        else:
            _LOG.warning("%s", notice)


def predict(model: Any, x: Any) -> Any:
    """Real-valued outputs of the emulator in the shapes of hls4ml's ``predict``.

    Args:
        model: A compiled ModelGraph.
        x: One array, or a list with one per input, events first.

    Returns:
        An array of shape (events, elements), or a list of them if there are several outputs; without the events' axis
        if there is one event.
    """
    import numpy as np

    from bxnn.compiler.hls4ml_backend.joined_outputs import joined_outputs
    from bxnn.compiler.hls4ml_backend.port_arrays import port_arrays

    emulator = _built(model).emulator
    shaped = port_arrays(emulator.reference.graph, str(model.config.get_project_name()), x)
    first = next(iter(shaped.values())).dtype
    kind = first if first.kind == "f" else np.dtype(np.float64)
    outputs = [values.reshape(len(values), -1).astype(kind) for values in joined_outputs(emulator, shaped)]
    if len(outputs[0]) == 1:
        outputs = [values[0] for values in outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def trace(model: Any, x: Any) -> tuple[Any, dict[str, Any]]:
    """Outputs as ``predict`` gives them, and what every layer with ``Trace`` in its configuration computes.

    Args:
        model: A ModelGraph, which is compiled if it is not yet.
        x: As for ``predict``.

    Returns:
        The outputs, and arrays of shape (events, *shape of the layer) by hls4ml's name of the layer. A layer that the
        firmware leaves out, such as a final softmax, is not among them.
    """
    from bxnn.compiler.hls4ml_backend.built import is_built
    from bxnn.compiler.hls4ml_backend.traced import traced_layers

    if not is_built(model):
        model.compile()
    return predict(model, x), traced_layers(model, x)


def simulate(model: Any, events: int | None, simulator: str, options: dict[str, Any]) -> dict[str, Any]:
    """What hls4ml calls a build: simulate the VHDL and compare every bit and cycle; no vendor tool runs.

    Returns:
        The report as a dictionary.

    Raises:
        ConfigError: For an option that requests a vendor run.
    """
    from bxnn.compiler import verification
    from bxnn.compiler.errors import ConfigError

    for key, value in options.items():
        if value and key not in ("csim", "reset"):
            advice = "build() simulates the VHDL; for a vendor run see hls/build.tcl in the build folder"
            raise ConfigError(f"build({key}={value!r})", f"is not supported; {advice}")
    folder = Path(model.config.get_output_dir())
    if simulator not in ("ghdl", "verilator"):
        raise ConfigError("build()", f"simulator {simulator!r} is unknown; use 'ghdl' or 'verilator'")
    _built(model).check()
    report = verification.simulate(folder, None, events, "ghdl" if simulator == "ghdl" else "verilator")
    return report.model_dump()


def library(model: Any) -> str:
    """The compiled emulator of a model, made now if it was not yet."""
    return str(_built(model).emulator.library)


def _built(model: Any) -> Any:
    """The build that this process has made from the model."""
    from bxnn.compiler.hls4ml_backend.built import built

    return built(model)
