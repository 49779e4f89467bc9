"""Number formats for a model that leaves some open, without any events: to begin with, until a calibration chooses."""

from __future__ import annotations

import math

import numpy as np

from bxnn.compiler.calibration.chosen_format import quantizer
from bxnn.compiler.calibration.float_network import FloatNetwork
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.ir.source import Reals
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.rounding import Overflow
from bxnn.compiler.passes import PIPELINE
from bxnn.compiler.passes.options import pass_options

_WEIGHT_BITS = 8  # with the binary point that holds the largest weight
_BITS, _INTEGER_BITS = 16, 6  # of everything whose range only events could tell
_ADDRESS_BITS = 10  # of what addresses a table
_ADDED = ("bias", "shift")


def starting_layers(network: FloatNetwork) -> DeclaredTypes:
    """A type for every float constant and, if there are any, for the results of the network.

    Weights have 8 bits, of which as few as possible are before the binary point; results are ``fixed<16,6>`` or, where
    none is negative, ``ufixed<16,6>``; what addresses a table has 10 bits.

    Args:
        network: The network.
    """
    layers: dict[str, dict[str, DeclaredType]] = {}
    if not any(step.floats for step in network.steps):
        return DeclaredTypes({}, layers)
    for step in network.steps:
        for part, values in step.floats.items():
            layers.setdefault(step.key, {})[part] = _holding(values, _BITS if part in _ADDED else _WEIGHT_BITS)
        if step.result_key is not None:
            bits = _ADDRESS_BITS if step.addresses else _BITS
            layers.setdefault(step.result_key, {})["output"] = _wide(bits, not step.unsigned)
    return DeclaredTypes({}, layers)


def starting_inputs(graph: Graph, types: DeclaredTypes) -> DeclaredTypes:
    """``fixed<16,6>`` for every input for which the model has no quantizer.

    Args:
        graph: As the front end has read it.
        types: Declared for its layers.
    """
    options = pass_options(graph, types)
    for step in PIPELINE:
        graph = step(graph, options)
        if step.__name__ == "absorb_input_quantizers":
            break
    layers = [graph.layer(name) for name in graph.inputs]
    open_ = [layer.name for layer in layers if isinstance(layer, Input) and layer.quantizer is None]
    return DeclaredTypes({graph.spelled(name): _wide(_BITS, True) for name in open_}, {})


def _holding(values: Reals, bits: int) -> DeclaredType:
    """The finest signed format of so many bits that holds all numbers."""
    largest = float(np.abs(values).max(initial=0))
    integer_bits = math.floor(math.log2(largest)) + 1 if largest > 0 else 0
    return DeclaredType((_type(bits, bits - 1 - integer_bits, True),))


def _wide(bits: int, signed: bool) -> DeclaredType:
    return DeclaredType((_type(bits, bits - _INTEGER_BITS, signed),))


def _type(bits: int, fraction_bits: int, signed: bool) -> FixedQuantizer:
    return quantizer(bits, fraction_bits, signed, Overflow.SAT)
