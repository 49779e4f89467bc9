"""formats.yaml: number formats of inputs, weights, biases and results, as ``bxnn calibrate`` writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bxnn.compiler.config.strict_yaml import read_mapping
from bxnn.compiler.config.written_types import read_quantizer, written
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.host_scale import HostScale
from bxnn.compiler.numeric.rounding import Overflow

_SECTIONS = ("inputs", "layers", "measured")
_PARTS = ("factors", "kernel", "rounding", "bias", "correction", "scale", "shift", "output")
_ADDED = ("bias", "shift")  # what a correction may be added to
_ROUNDED = "kernel"  # what a rounding is about
_STEPS = {".": 0, "+": 1, "-": -1, "p": 2, "m": -2, "P": 3, "M": -3}  # LSBs from the nearest number
_SIGNS = {step: sign for sign, step in _STEPS.items()}
_IN_A_LINE = 100  # steps
_NEXT_LINE = ",\n" + 6 * " "
_RANGE = re.compile(r"\s*([0-9]{1,7})(?:-([0-9]{1,7}))?\s*")
_MOST_CHANNELS = 1 << 20
_IN_A_TEXT = 60  # ranges, below the limit of a text in YAML
_LARGEST_CORRECTION = 1 << 61
_LARGEST_FACTOR = 1e30


def read_formats(path: Path) -> DeclaredTypes:
    """The types in a file.

    Raises:
        ConfigError: Naming the key that is wrong.
    """
    subject = path.name
    raw = read_sections(path)
    inputs = {name: _input(f"{subject}: inputs: {name}", text, subject) for name, text in _items(raw, "inputs")}
    layers = {name: _layer(f"{subject}: layers: {name}", parts, subject) for name, parts in _items(raw, "layers")}
    factors = {
        name: _positive(f"{subject}: layers: {name}: factors", parts["factors"])
        for name, parts in _items(raw, "layers")
        if "factors" in parts
    }
    return DeclaredTypes(inputs, layers, factors)


def read_sections(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """The sections of a file, each a mapping.

    Raises:
        ConfigError: If there is another key, or a section is not a mapping.
    """
    raw = read_mapping(path, path.name)
    for key, section in raw.items():
        if key not in _SECTIONS:
            raise ConfigError(path.name, f"key {key[:60]!r} {unknown(key, _SECTIONS)}")
        if not isinstance(section, Mapping):
            raise ConfigError(f"{path.name}: {key}", "is not a mapping")
    return raw


def format_lines(types: DeclaredTypes) -> list[str]:
    """The sections ``inputs`` and ``layers`` as YAML, in the order of the types."""
    lines = ["inputs:" if types.inputs else "inputs: {}"]
    for name, declared in types.inputs.items():
        lines += _written_type(quoted(name), declared, "  ")
        if declared.scale is not None:
            lines.append(f"    factors: [{', '.join(map(_real, declared.scale.factors))}]")
            lines.append(f"    offsets: [{', '.join(map(_real, declared.scale.offsets))}]")
    lines.append("layers:" if types.layers else "layers: {}")
    for name, parts in types.layers.items():
        lines.append(f"  {quoted(name)}:")
        if name in types.factors:
            lines.append(f"    factors: [{', '.join(map(_real, types.factors[name]))}]")
        for part, declared in parts.items():
            lines += _written_type(part, declared, "    ")
            if declared.correction and part == _ROUNDED:
                lines.append(f"    rounding: {_steps_text(declared.correction)}")
            elif declared.correction:
                lines.append(f"    correction: {list(declared.correction)}  # LSBs of the {part}")
    return lines


def _items(raw: Mapping[str, Mapping[str, Any]], section: str) -> list[tuple[str, Any]]:
    return list(raw.get(section, {}).items())


def _input(where: str, value: Any, origin: str) -> DeclaredType:
    """The type of an input; with ``factors`` and ``offsets``, of what the host makes of its features."""
    if not isinstance(value, Mapping) or not {"factors", "offsets"} & set(value):
        return _channels(where, value, origin)
    lists = {key: _reals(f"{where}: {key}", value.get(key)) for key in ("factors", "offsets")}
    found = _channels(where, {text: channels for text, channels in value.items() if text not in lists}, origin)
    counts = {len(own) for own in lists.values()}
    if len(set(found.quantizers)) > 1 or counts != {len(found.quantizers)}:
        raise ConfigError(where, "needs one type, and a factor and an offset for each feature that has it")
    if found.whole.overflow is Overflow.WRAP or min(lists["factors"]) <= 0:
        raise ConfigError(where, "needs a type that saturates, and positive factors")
    return DeclaredType(found.quantizers[:1], (), origin, HostScale(lists["factors"], lists["offsets"]))


def _layer(where: str, parts: Any, origin: str) -> Mapping[str, DeclaredType]:
    if not isinstance(parts, Mapping):
        raise ConfigError(where, f"is not a mapping of {', '.join(_PARTS)}")
    for part in parts:
        if part not in _PARTS:
            raise ConfigError(where, f"key {part[:60]!r} {unknown(part, _PARTS)}")
    types = {part: text for part, text in parts.items() if part not in ("factors", "correction", "rounding")}
    found = {part: _channels(f"{where}: {part}", text, origin) for part, text in types.items()}
    if "output" in found and len(found["output"].quantizers) > 1:
        raise ConfigError(f"{where}: output", "has a type per channel; use one for all of them")
    if "rounding" in parts:
        if _ROUNDED not in found:
            raise ConfigError(f"{where}: rounding", f"needs a type of the {_ROUNDED}; add one")
        steps = _steps(f"{where}: rounding", parts["rounding"])
        found[_ROUNDED] = DeclaredType(found[_ROUNDED].quantizers, steps, origin)
    if "correction" in parts:
        added = next((part for part in _ADDED if part in found), None)
        if added is None:
            raise ConfigError(f"{where}: correction", "needs a type of the bias; add one")
        correction = _integers(f"{where}: correction", parts["correction"])
        found[added] = DeclaredType(found[added].quantizers, correction, origin)
    return found


def _integers(where: str, value: Any) -> tuple[int, ...]:
    if isinstance(value, list) and all(type(item) is int and abs(item) < _LARGEST_CORRECTION for item in value):
        return tuple(value)
    raise ConfigError(where, "is not a list of integers")


def _real(number: float) -> str:
    """A number that is one in every version of YAML."""
    mantissa, exponent, rest = repr(number).partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}{exponent}{rest}"


def _positive(where: str, value: Any) -> tuple[float, ...]:
    if isinstance(value, list) and all(type(item) in (int, float) and 0 < item < _LARGEST_FACTOR for item in value):
        return tuple(map(float, value))
    raise ConfigError(where, "is not a list of positive numbers")


def _reals(where: str, value: Any) -> tuple[float, ...]:
    if isinstance(value, list) and all(type(item) in (int, float) and abs(item) < _LARGEST_FACTOR for item in value):
        return tuple(map(float, value))
    raise ConfigError(where, "is not a list of numbers")


def _steps(where: str, value: Any) -> tuple[int, ...]:
    """Weights above (+, p, P) or below (-, m, M) the nearest number by 1, 2, 3 LSBs, or as near as they can be (.)."""
    lines = value if isinstance(value, list) else [value]
    if not all(isinstance(line, str) and set(line) <= set(_STEPS) for line in lines):
        raise ConfigError(where, f"is not a list of texts of {' '.join(_STEPS)}, a character for each weight")
    return tuple(_STEPS[sign] for line in lines for sign in line)


def _steps_text(steps: tuple[int, ...]) -> str:
    text = "".join(_SIGNS[step] for step in steps)
    lines = (text[start : start + _IN_A_LINE] for start in range(0, len(text), _IN_A_LINE))
    return f"[{_NEXT_LINE.join(quoted(line) for line in lines)}]"


def _channels(where: str, value: Any, origin: str) -> DeclaredType:
    """One type, or a mapping of types to the channels that have them."""
    if isinstance(value, str):
        return DeclaredType((read_quantizer(where, value),), origin=origin)
    if not isinstance(value, Mapping) or not value:
        raise ConfigError(where, 'is neither a type such as "fixed<8,4>" nor a mapping of types to channels')
    found: dict[int, FixedQuantizer] = {}
    for text, channels in value.items():
        quantizer = read_quantizer(where, text)
        for channel in _listed(f"{where}: {text}", channels):
            if channel in found:
                raise ConfigError(f"{where}: {text}", f"channel {channel} has two types; keep one")
            found[channel] = quantizer
    missing = next((channel for channel in range(len(found)) if channel not in found), None)
    if missing is not None:
        raise ConfigError(where, f"channel {missing} has no type; add it")
    if len({(quantizer.rounding, quantizer.overflow) for quantizer in found.values()}) > 1:
        raise ConfigError(where, "has different modes for its channels; use the same rounding and overflow")
    return DeclaredType(tuple(found[channel] for channel in range(len(found))), origin=origin)


def _listed(where: str, value: Any) -> list[int]:
    """Channels such as ``"0-3, 7"``."""
    found: list[int] = []
    for item in ",".join(map(str, value if isinstance(value, list) else [value])).split(","):
        match = _RANGE.fullmatch(item)
        first, last = (0, -1) if match is None else (int(match[1]), int(match[2] or match[1]))
        if last < first or last >= _MOST_CHANNELS:
            raise ConfigError(where, f'{str(value)[:60]!r} is not a list of channels such as "0-3, 7"')
        found += range(first, last + 1)
    return found


def _written_type(key: str, declared: DeclaredType, indent: str) -> list[str]:
    if declared.scale is not None:
        count = len(declared.scale.factors)
        return [f"{indent}{key}:", f'{indent}  "{written(declared.whole)}": {_ranges(list(range(count)))}']
    if len(declared.quantizers) == 1:
        return [f'{indent}{key}: "{written(declared.whole)}"']
    lines = [f"{indent}{key}:"]
    by_type: dict[str, list[int]] = {}
    for channel, quantizer in enumerate(declared.quantizers):
        by_type.setdefault(written(quantizer), []).append(channel)
    return lines + [f'{indent}  "{text}": {_ranges(channels)}' for text, channels in by_type.items()]


def _ranges(channels: list[int]) -> str:
    """Ascending channels as ``"0-3, 7"``, in a list of such texts if there are many."""
    runs: list[list[int]] = []
    for channel in channels:
        if runs and channel == runs[-1][1] + 1:
            runs[-1][1] = channel
        else:
            runs.append([channel, channel])
    items = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    texts = [f'"{", ".join(items[start : start + _IN_A_TEXT])}"' for start in range(0, len(items), _IN_A_TEXT)]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def quoted(name: str) -> str:
    """A name as a YAML key that is a string in every version of YAML."""
    return json.dumps(name, ensure_ascii=False)
