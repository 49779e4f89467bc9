"""Keys of hls4ml's own YAML files that do not change what the firmware computes: noted in the report, and ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bxnn.boards.board import board_names, load_board
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.hls4ml_backend import NAME
from bxnn.compiler.ir.notices import IgnoredKey
from bxnn.compiler.ir.reasons import IgnoredReason

KERAS_MODEL_TAG = "!keras_model"  # hls4ml writes it before the model's file name; here it means nothing
_WRITER = {"Namespace": None, "WriteWeightsTxt": True, "WriteTar": False, "TBOutputStream": "both"}
_SAME_BITS = ("vivado", "vitis", "vivadoaccelerator")  # back ends with ap_fixed arithmetic, which bxnn reproduces
_PLAIN = (None, "float", "double")

# Values that need no notice, and why others are ignored.
IGNORED: Mapping[str, tuple[tuple[Any, ...], IgnoredReason]] = {
    "Backend": ((None, NAME), IgnoredReason.ONE_BACKEND),
    "KerasModel": ((None,), IgnoredReason.MODEL_GIVEN),
    "InputData": ((None,), IgnoredReason.EVENTS_GIVEN),
    "OutputPredictions": ((None,), IgnoredReason.OUTPUTS_COMPUTED),
    "ClockUncertainty": ((None,), IgnoredReason.CLOCK_PERIOD),
    "XilinxPart": ((None,), IgnoredReason.PART_ON_NO_BOARD),
    "AcceleratorConfig": ((None, {}), IgnoredReason.NO_WRAPPER),
    "Version": ((None, "1.0.0"), IgnoredReason.OWN_VERSION),
    "WriterConfig": ((None, _WRITER), IgnoredReason.OTHER_BACKENDS),
}


def ignored(subject: str, config: Mapping[str, Any]) -> tuple[IgnoredKey, ...]:
    """What is ignored in a configuration.

    Raises:
        ConfigError: If the back end is one that computes different bits.
    """
    backend = config.get("Backend")
    if backend is not None and str(backend).lower() not in (NAME, *_SAME_BITS):
        problem = f"Backend {backend!r} is not supported; this command makes firmware with {NAME}"
        raise ConfigError(subject, f"{problem}, and reads configurations of Vivado, Vitis and VivadoAccelerator")
    found = {key: config[key] for key in IGNORED if config.get(key) not in IGNORED[key][0]}
    if part_of(config) == config.get("XilinxPart"):
        found.pop("XilinxPart", None)
    return tuple(IgnoredKey(subject, key, _shown(value), IGNORED[key][1]) for key, value in found.items())


def part_of(config: Mapping[str, Any]) -> Any:
    """Part, or XilinxPart, its name in older versions of hls4ml, if it is the part of a board."""
    part, old = config.get("Part"), config.get("XilinxPart")
    if part is None and old in {load_board(name).part for name in board_names()}:
        return old
    return part


def check_accelerator(subject: str, section: Any) -> None:
    """Refuse an accelerator whose wrapper converts the numbers going in or coming out.

    Raises:
        ConfigError: Naming the direction and the type.
    """
    precision = section.get("Precision") if isinstance(section, Mapping) else None
    for direction, value in precision.items() if isinstance(precision, Mapping) else [("", precision)]:
        if value not in _PLAIN:
            key = " ".join(filter(None, ("AcceleratorConfig: Precision", direction)))
            raise ConfigError(subject, f"{key} {value!r} is not supported; give the types in HLSConfig, and float here")


def _shown(value: Any) -> str:
    """A value, shortened; empty for a section."""
    return "" if isinstance(value, Mapping | list) else repr(str(value)[:80])
