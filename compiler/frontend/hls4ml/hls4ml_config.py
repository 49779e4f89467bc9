"""hls4ml's HLSConfig: every key is honoured, or refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bxnn.compiler.errors import ConfigError
from bxnn.compiler.ir.notices import IgnoredKey
from bxnn.compiler.ir.reasons import IgnoredReason
from bxnn.compiler.nearest import unknown

SUBJECT = "HLSConfig"
STRATEGIES: Mapping[str, str] = {
    "latency": "auto",  # hls4ml leaves the choice of DSP or LUT to the vendor's tool
    "resource": "dsp",
    "resource_unrolled": "dsp",
    "distributed_arithmetic": "lut",
    "da": "lut",
}

_OF_TABLES = "TableSize", "table_size", "table_t"  # of functions in tables, such as sigmoid
_OF_SOFTMAXES = "TableRangePower2", "Implementation", "Skip", "skip"
_TYPES_OF_SOFTMAXES = "exp_table_t", "inv_table_t", "inv_inp_t", "accum_t"
_WITHOUT_EFFECT = "Algorithm", "Direction", "static"  # on bits: of Resize and of recurrent layers
_SECTIONS = "Model", "LayerName", "LayerType", "Flows", "Optimizers", "SkipOptimizers"
_HONOURED = ("Precision", "ReuseFactor", "Strategy", "Trace")
# Its front ends and optimizer act on these.
_BY_HLS4ML = ("BitExact", "AllowDAFallback", "AllowV2Fallback", "ChannelsLastConversion", "TransposeOutputs")
_LARGE_BRAM_FACTOR = 10**9

# Keys that change neither bits nor hardware: values that request nothing, and why the others are ignored.
_IGNORED: Mapping[str, tuple[tuple[Any, ...], IgnoredReason]] = {
    "TraceOutput": ((None, False), IgnoredReason.CSIM_TRACES),
    "ConvImplementation": ((None, "LineBuffer"), IgnoredReason.SAME_WINDOWS),
    **dict.fromkeys(
        ("ExpTableSize", "InvTableSize", "exp_table_size", "inv_table_size", *_TYPES_OF_SOFTMAXES),
        ((None,), IgnoredReason.NO_TABLES),
    ),
}
_OF_SOFTMAX = "stable", "argmax", "legacy"  # ways to compute it, some of which are strategies elsewhere

# Keys that request something that the firmware does not have: accepted values (hls4ml's defaults), and advice.
_REFUSED: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "Compression": ((None, False, 0), "zero weights need no multiplier anyway"),
    "TargetCycles": ((None,), "set budget: {latency_ns: ...} in design.yaml"),
    "ParallelizationFactor": ((None, 1), "ReuseFactor decides how many multipliers a convolution has"),
    "DepthwiseReuseFactor": ((None, 1), "set ReuseFactor of NAME_depthwise"),
    "PointwiseReuseFactor": ((None, 1), "set ReuseFactor of NAME_pointwise"),
    "PipelineStyle": ((None, "auto", "pipeline"), "all layers are pipelined"),
}


def check_hls_config(config: Mapping[str, Any]) -> tuple[IgnoredKey, ...]:
    """Check HLSConfig, as in hls4ml's YAML and in ``hls_config=``.

    Returns:
        What is ignored, since it changes neither bits nor hardware.

    Raises:
        ConfigError: Naming the first key that is unknown, or whose value cannot be honoured.
    """
    notices: list[IgnoredKey] = []
    for key, value in config.items():
        _known(SUBJECT, key, _SECTIONS)
        if key in ("Flows", "Optimizers", "SkipOptimizers"):
            if value:
                raise ConfigError(f"{SUBJECT}: {key}", "is not supported; bxnn needs hls4ml's own flow")
        elif key == "Model":
            notices += _check_section(f"{SUBJECT}: Model", _mapping(f"{SUBJECT}: Model", value), model=True)
        else:
            for name, section in _mapping(f"{SUBJECT}: {key}", value).items():
                subject = f"{SUBJECT}: {key}: {name}"
                notices += _check_section(subject, _mapping(subject, section), model=False)
    return tuple(notices)


def check_names(config: Mapping[str, Any], names: Iterable[str], types: Iterable[str]) -> None:
    """Check that LayerName and LayerType name existing layers and types; hls4ml itself ignores others.

    Raises:
        ConfigError: Naming the first that does not exist, and the nearest.
    """
    for key, choices in (("LayerName", list(names)), ("LayerType", list(types))):
        for name in config.get(key) or {}:
            if name.lower() not in {choice.lower() for choice in choices}:
                what = "layer" if key == "LayerName" else "layer type"
                problem = unknown(name, choices, f"is not a {what} of the model")
                raise ConfigError(f"{SUBJECT}: {key}: {name}", problem)


def initiation_interval(model: Any, nodes: Iterable[Any]) -> int:
    """PipelineInterval, or the largest ReuseFactor: the cycles between events that the configuration requests."""
    interval = model.config.pipeline_ii
    return int(interval) if interval else max((reuse_factor(model, node) for node in nodes), default=1)


def reuse_factor(model: Any, node: Any) -> int:
    """The ReuseFactor of a node."""
    value = model.config.get_reuse_factor(node)
    if type(value) is not int or value < 1:
        raise ConfigError(f"{SUBJECT}: {node.name}", f"ReuseFactor {value!r} is not a positive integer")
    return value


def strategy(model: Any, node: Any) -> str:
    """The strategy of bxnn that corresponds to that of a node with a kernel."""
    chosen = model.config.get_strategy(node)
    _check_strategy(f"{SUBJECT}: {node.name}", chosen)
    return STRATEGIES[_spelled(chosen)]


def _check_section(subject: str, section: Mapping[str, Any], model: bool) -> Iterator[IgnoredKey]:
    """Check a section and return what is ignored in it."""
    own = ("PipelineInterval", "BramFactor", *_BY_HLS4ML) if model else (*_OF_SOFTMAXES, *_WITHOUT_EFFECT)
    for key, value in section.items():
        _known(subject, key, (*_HONOURED, *_OF_TABLES, *own, *_REFUSED, *_IGNORED))
        if key in _IGNORED and value not in _IGNORED[key][0]:
            yield IgnoredKey(subject, key, repr(value), _IGNORED[key][1])
        if key in _REFUSED and not any(type(value) is type(choice) and value == choice for choice in _REFUSED[key][0]):
            raise ConfigError(subject, f"{key} {value!r} is not supported; {_REFUSED[key][1]}")
        if key == "Precision":
            _check_precision(subject, value)
        elif key in ("ReuseFactor", "PipelineInterval") and value is not None and (type(value) is not int or value < 1):
            raise ConfigError(subject, f"{key} {value!r} is not a positive integer")
        elif key == "Strategy" and not model and str(value).lower() in _OF_SOFTMAX:
            yield IgnoredKey(subject, key, repr(value), IgnoredReason.SOFTMAX_LEFT_OUT)
        elif key == "Strategy" and value is not None:
            _check_strategy(subject, value)
        elif key == "BramFactor" and not (isinstance(value, int | float) and value >= _LARGE_BRAM_FACTOR):
            raise ConfigError(subject, f"BramFactor {value!r} is not supported; weights are constants of the firmware")


def _check_strategy(subject: str, value: Any) -> None:
    if _spelled(value) not in STRATEGIES:
        listed = "Latency, Resource, Resource_Unrolled, Distributed_Arithmetic"
        raise ConfigError(subject, f"Strategy {value!r} is not supported; use one of {listed}")


def _spelled(strategy: Any) -> str:
    """A strategy in lower case; ``ResourceUnrolled`` is ``resource_unrolled``."""
    text = str(strategy)
    snake = "".join(f"_{c.lower()}" if c.isupper() and k else c.lower() for k, c in enumerate(text))
    return text.lower() if text.lower() in STRATEGIES else snake.replace("__", "_")


def _check_precision(subject: str, value: Any) -> None:
    for role, precision in value.items() if isinstance(value, Mapping) else [("default", value)]:
        if precision is not None and not isinstance(precision, str) and not hasattr(precision, "width"):
            raise ConfigError(subject, f'Precision {role}: {precision!r} is not a type; use "fixed<W,I>" or auto')


def _mapping(subject: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(subject, f"{value!r} is not a mapping of keys to values")
    return value


def _known(subject: str, key: str, keys: Iterable[str]) -> None:
    if key not in tuple(keys):
        raise ConfigError(subject, f"key {key!r} {unknown(key, keys)}")
