"""Reads constants back from emitted VHDL, in a different way than they were written."""

import re
from collections.abc import Iterator

import numpy as np

from bxnn.compiler.hardware.cascaded import Cascaded
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.numeric.tensor import Int

_LITERAL = re.compile(r'(\d+)x"([0-9A-F]+)"')


def read_bits(text: str) -> tuple[int, int]:
    """Value and width of sized literals joined by ``&``."""
    value = width = 0
    for size, digits in _LITERAL.findall(text):
        assert int(digits, 16) < 2 ** int(size)
        value, width = (value << int(size)) | int(digits, 16), width + int(size)
    return value, width


def read_rows(text: str, columns: int, bits: int) -> Int:
    """Signed codes of a constant, row 0 and column 0 in the least significant bits; shape (rows, columns)."""
    value, width = read_bits(text)
    assert width % (columns * bits) == 0
    codes = [(value >> (bits * index)) & (2**bits - 1) for index in range(width // bits)]
    signed = [code - 2**bits if code >> (bits - 1) else code for code in codes]
    return np.array(signed, np.int64).reshape(-1, columns)


def constant(text: str, name: str) -> str:
    """The expression of a constant."""
    found = re.search(rf"constant {name} : [^:]*:=(.*?);", text, re.DOTALL)
    assert found is not None
    return found[1]


def integer_vector(text: str) -> list[int]:
    """The values of an integer_vector aggregate."""
    return [int(number) for number in re.findall(r"-?\d+", text.replace("0 =>", ""))]


def read_kernel(text: str, binding: DspBinding, outputs: int, inputs: int) -> tuple[Int, int]:
    """Weights (outputs, inputs) of a Dense layer, derived only from its VHDL and the layouts at its ports.

    The second number counts nonzero weights where there is no DSP or no element.
    """
    kernel, stray = np.zeros((outputs, inputs), np.int64), 0
    for output, element, weight in _weights(text, binding, outputs):
        if element < 0 or output < 0:
            stray += int(weight != 0)
        else:
            kernel[output, element] += weight
    return kernel, stray


def _weights(text: str, binding: DspBinding, outputs: int) -> Iterator[tuple[int, int, int]]:
    """Output, input element and weight of every entry of the ROMs; -1 for none."""
    products, bits = binding.packing.products, binding.packing.weight_bits
    if isinstance(binding, Cascaded):
        groups, segments, cascade, switched, taken = binding.operands.shape
        operands = integer_vector(constant(text, "OPERANDS"))
        table = read_rows(constant(text, "WEIGHTS"), groups * segments, bits)
        phases, lanes = len(table) // cascade, binding.result.lanes
        for (row, column), word in np.ndenumerate(table):
            position, phase = divmod(row, phases)
            place = ((column * cascade + position) * switched + phase % switched) * taken
            for lane, weight in enumerate(lanes_of(int(word), binding)):
                to = column // segments * products + lane
                output = int(binding.result.elements[phase, to]) if to < lanes else -1
                element = operands[place + lane % taken]
                # The top lanes of the last group may have no output; they multiply a shared weight by anything.
                yield output, element, weight * (output >= 0 or taken == 1)
        return
    lanes = binding.source.lanes
    table = read_rows(constant(text, "WEIGHTS"), ceil_div(outputs, products) * lanes, bits)
    present = integer_vector(constant(text, "PRESENT"))
    for (phase, column), word in np.ndenumerate(table):
        element = int(binding.source.elements[phase, column % lanes]) if present[column] else -1
        for lane, weight in enumerate(lanes_of(int(word), binding)):
            output = column // lanes * products + lane
            yield output if output < outputs else -1, element, weight


def lanes_of(word: int, binding: DspBinding) -> list[int]:
    """The weights in a word, one per lane."""
    packing = binding.packing
    if packing.shares_weight:
        return [word] * packing.products
    weights, half = [], 1 << (packing.lane_bits - 1)
    for _ in range(packing.products - 1):
        low = (word + half) % (2 * half) - half
        weights.append(low)
        word = (word - low) >> packing.lane_bits
    return [*weights, word]


def read_bias(text: str, binding: DspBinding, outputs: int) -> Int:
    """Bias codes (outputs,) of a Dense layer from its VHDL: the initial values of the sums without the lanes' offsets.

    Only for shared operands: packed operands add their own offset.
    """
    packing = binding.packing
    assert not packing.shares_weight
    elements = binding.result.elements
    groups = ceil_div(elements.shape[1], packing.products)
    chains = binding.segments if isinstance(binding, Cascaded) else binding.source.lanes
    table = read_rows(constant(text, "BIAS"), groups * chains, packing.sum_bits)
    bias = np.zeros(outputs, np.int64)
    offsets = (1 << (packing.lane_bits - 1)) * (1 - np.eye(packing.products, dtype=np.int64)[-1])
    for (phase, column), word in np.ndenumerate(table):
        offset = sum(int(o) << (lane * packing.lane_bits) for lane, o in enumerate(offsets))
        for lane, code in enumerate(lanes_of(int(word) - offset, binding)):
            place = column // chains * packing.products + lane
            if place < elements.shape[1] and elements[phase, place] >= 0:
                bias[elements[phase, place]] += code
    return bias
