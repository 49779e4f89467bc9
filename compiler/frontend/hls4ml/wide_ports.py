"""Inputs and outputs of a network that are wide values: two ports each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bxnn.compiler.frontend.hls4ml.wide_value import WideValue
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.notices import Notice, TwoPorts


def ports_of(
    outputs: Iterable[tuple[str, str]], wide: Mapping[str, WideValue]
) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """The layers at the outputs, and a notice for each output that has two of them.

    Args:
        outputs: hls4ml's name of every output, and the layer that stands for it.
        wide: The wide values, by that layer.
    """
    ports, notices = list[str](), list[Notice]()
    for subject, name in outputs:
        value = wide.get(name)
        if value is not None:
            notices.append(TwoPorts(subject, value.bits, name, value.low, len(ports)))
        ports += [name] if value is None else [name, value.low]
    return tuple(ports), tuple(notices)


def input_notices(layers: Sequence[Layer], wide: Mapping[str, WideValue]) -> tuple[Notice, ...]:
    """A notice for each input that has two ports."""
    values = [wide[layer.name] for layer in layers if isinstance(layer, Input) and layer.name in wide]
    return tuple(TwoPorts(value.high, value.bits, value.high, value.low, None) for value in values)
