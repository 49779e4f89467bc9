"""Reads constants back from emitted VHDL, by another way than they were written."""

import re
from collections.abc import Iterator

import numpy as np

from compiler.ir.binding import Binding
from compiler.ir.tensor import Int

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


def read_kernel(text: str, binding: Binding, outputs: int, inputs: int) -> tuple[Int, int]:
    """Weights (outputs, inputs) of a Dense layer from its VHDL and the layouts on its ports alone.

    The second number counts weights that are not zero where no DSP or no element is.
    """
    assert binding.weight_bits is not None
    kernel, stray = np.zeros((outputs, inputs), np.int64), 0
    for output, element, weight in _weights(text, binding, outputs):
        if element < 0 or output < 0:
            stray += int(weight != 0)
        else:
            kernel[output, element] += weight
    return kernel, stray


def _weights(text: str, binding: Binding, outputs: int) -> Iterator[tuple[int, int, int]]:
    """Output, input element and weight of every entry of the ROMs; -1 for none."""
    assert binding.weight_bits is not None
    if binding.operands is not None:
        lanes, segments, cascade = binding.operands.shape[:3]
        operands = integer_vector(constant(text, "OPERANDS"))
        table = read_rows(constant(text, "WEIGHTS"), lanes * segments, binding.weight_bits)
        phases = len(table) // cascade
        for (row, column), weight in np.ndenumerate(table):
            position, phase = divmod(row, phases)
            place = column * cascade + position
            element = operands[place * phases + phase if binding.name == "output_switched" else place]
            yield int(binding.result.elements[phase, column // segments]), element, int(weight)
        return
    lanes = binding.source.lanes
    table = read_rows(constant(text, "WEIGHTS"), outputs * lanes, binding.weight_bits)
    present = integer_vector(constant(text, "PRESENT"))
    for (phase, column), weight in np.ndenumerate(table):
        element = int(binding.source.elements[phase, column % lanes]) if present[column] else -1
        yield column // lanes, element, int(weight)


def read_bias(text: str, binding: Binding, outputs: int) -> Int:
    """Bias codes (outputs,) of a Dense layer from its VHDL."""
    assert binding.accum_bits is not None
    elements = binding.result.elements
    table, bias = read_rows(constant(text, "BIAS"), elements.shape[1], binding.accum_bits), np.zeros(outputs, np.int64)
    bias[elements[elements >= 0]] = table[elements >= 0]
    return bias
