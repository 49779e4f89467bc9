"""Adder graphs: a constant linear map as additions of shifted values, without a multiplier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir.linear_map import LinearMap
from bxnn.compiler.numeric.integers import code_bits
from bxnn.compiler.numeric.tensor import Int

ZERO = -1  # stands for no value: an output that is always zero


@dataclass(frozen=True, eq=False)
class ShiftAddGraph:
    """Integer values: the inputs, then constants, then sums of two earlier values.

    Values are numbered in that order: value ``v`` is input ``v``, constant ``v - inputs`` or sum
    ``v - inputs - len(constants)``, and

        sum n = (left << left_shift) + (right << right_shift)    or the difference, if ``subtract[n]``.

    Output ``o`` is the value ``outputs[o] << output_shifts[o]``; a negative shift drops bits that are zero.

    Attributes:
        low: Smallest code of every input, int64, shape (inputs,).
        high: Largest code of every input.
        constants: int64, shape (constants,).
        operands: int64, shape (sums, 2): left and right value.
        shifts: int64, shape (sums, 2), none negative.
        subtract: int64, 0 or 1, shape (sums,).
        outputs: int64, shape (outputs,): value, or ``ZERO``.
        output_shifts: int64, shape (outputs,).
    """

    low: Int
    high: Int
    constants: Int
    operands: Int
    shifts: Int
    subtract: Int
    outputs: Int
    output_shifts: Int

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return int(self.low.size)

    @property
    def first_sum(self) -> int:
        """Number of the first value that is a sum."""
        return self.inputs + int(self.constants.size)

    @property
    def sums(self) -> int:
        """Number of adders."""
        return len(self.operands)

    @property
    def values(self) -> int:
        """Number of values."""
        return self.first_sum + self.sums

    @cached_property
    def ranges(self) -> tuple[Int, Int]:
        """Exact interval of each value, from its own coefficients; int64, shape (values,) each."""
        low, high = np.zeros(self.values, np.int64), np.zeros(self.values, np.int64)
        remaining = self._uses()
        rows: dict[int, Int] = {}
        for value in range(self.values):
            row = self._row(value, rows)
            rows[value] = row
            read = np.flatnonzero(row[:-1])  # few of the inputs of a large map
            factors, bottom, top = row[read], self.low[read], self.high[read]
            positive, negative = np.maximum(factors, 0), np.minimum(factors, 0)
            low[value] = positive @ bottom + negative @ top + row[-1]
            high[value] = positive @ top + negative @ bottom + row[-1]
            self._release(value, rows, remaining)
        return low, high

    @cached_property
    def signed(self) -> Int:
        """Whether a value can be negative; bool, shape (values,)."""
        return np.asarray(self.ranges[0] < 0)

    @cached_property
    def bits(self) -> Int:
        """Smallest width that holds all codes of a value, two's complement if it can be negative; at least 1."""
        low, high = (codes.tolist() for codes in self.ranges)
        widths = [code_bits(bottom, top) for bottom, top in zip(low, high, strict=True)]
        return np.maximum(np.array(widths, np.int64), 1)

    @cached_property
    def depth(self) -> Int:
        """Adders on the longest path to each value; int64, shape (values,)."""
        depth = np.zeros(self.values, np.int64)
        for index, (left, right) in enumerate(self.operands.tolist()):
            depth[self.first_sum + index] = 1 + max(depth[left], depth[right])
        return depth

    @cached_property
    def adder_bits(self) -> Int:
        """Full adders of each sum: its width without the low bits that are copied; int64, shape (sums,)."""
        passed = np.where(self.subtract, self.shifts[:, 1], self.shifts.max(axis=1, initial=0))
        return np.maximum(self.bits[self.first_sum :] - passed, 1)

    def evaluate(self, codes: Int) -> Int:
        """Outputs for inputs of shape (events, inputs), adder by adder; int64, shape (events, outputs)."""
        table = np.zeros((self.values, len(codes)), np.int64)
        table[: self.inputs] = codes.T
        table[self.inputs : self.first_sum] = self.constants[:, np.newaxis]
        for index, (left, right) in enumerate(self.operands.tolist()):
            first, second = self.shifts[index].tolist()
            a, b = table[left] << first, table[right] << second
            table[self.first_sum + index] = a - b if self.subtract[index] else a + b
        result = np.zeros((len(self.outputs), len(codes)), np.int64)
        for output, (value, shift) in enumerate(zip(self.outputs.tolist(), self.output_shifts.tolist(), strict=True)):
            if value != ZERO:
                result[output] = table[value] << shift if shift >= 0 else table[value] >> -shift
        return result.T

    def verify(self, subject: str, linear: LinearMap) -> None:
        """Check that the graph is well formed and computes the map, coefficient by coefficient.

        Raises:
            InternalError: Naming the first adder or output that is wrong.
        """
        if not np.array_equal([self.inputs, len(self.outputs)], [linear.inputs, linear.outputs]):
            raise InternalError(subject, "the inputs or outputs of its adder graph differ from those of its map")
        own = np.arange(self.first_sum, self.values)[:, np.newaxis]
        if bool(((self.operands < 0) | (self.operands >= own)).any()) or bool((self.shifts < 0).any()):
            raise InternalError(subject, "an adder reads a value that is not computed before it")
        if bool(((self.outputs < ZERO) | (self.outputs >= self.values)).any()):
            raise InternalError(subject, "an output of the adder graph refers to a nonexistent value")
        found = self._reduced(self.coefficients())
        wanted = self._reduced(np.concatenate([linear.weights, linear.bias[:, np.newaxis]], axis=1))
        wrong = np.flatnonzero((found != wanted).any(axis=1))
        if wrong.size:
            raise InternalError(subject, f"output {wrong[0]} of its adder graph differs from that of its map")

    def _reduced(self, coefficients: Int) -> Int:
        """Coefficients, with those of inputs that never change added to the constant."""
        fixed = self.low == self.high
        result = coefficients.copy()
        result[:, -1] += coefficients[:, :-1][:, fixed] @ self.low[fixed]
        result[:, :-1][:, fixed] = 0
        return result

    def coefficients(self) -> Int:
        """Coefficients of each output, with its constant in the last column; shape (outputs, inputs + 1).

        Raises:
            InternalError: If an output drops bits that need not be zero.
        """
        result = np.zeros((len(self.outputs), self.inputs + 1), np.int64)
        readers: dict[int, list[int]] = {}
        for output, value in enumerate(self.outputs.tolist()):
            readers.setdefault(value, []).append(output)
        remaining, rows = self._uses(), dict[int, Int]()
        for value in range(self.values):
            rows[value] = self._row(value, rows)
            for output in readers.get(value, ()):
                shift = int(self.output_shifts[output])
                if shift < 0 and (rows[value] & ((1 << -shift) - 1)).any():
                    raise InternalError(f"output {output} of an adder graph", "drops bits that can be one")
                result[output] = rows[value] << shift if shift >= 0 else rows[value] >> -shift
            self._release(value, rows, remaining)
        return result

    def _row(self, value: int, rows: dict[int, Int]) -> Int:
        """Coefficients of one value from those of its operands, the constant last."""
        index = value - self.first_sum
        if index < 0:
            row = np.zeros(self.inputs + 1, np.int64)
            row[min(value, self.inputs)] = 1 if value < self.inputs else self.constants[value - self.inputs]
            return row
        (left, right), (first, second) = self.operands[index].tolist(), self.shifts[index].tolist()
        a, b = rows[left] << first, rows[right] << second
        return np.asarray(a - b if self.subtract[index] else a + b)

    def _uses(self) -> list[int]:
        counts: list[int] = np.bincount(self.operands.ravel(), minlength=self.values).tolist()
        return counts

    def _release(self, value: int, rows: dict[int, Int], remaining: list[int]) -> None:
        """Drop the rows that no later sum reads."""
        if remaining[value] == 0:
            del rows[value]
        if value >= self.first_sum:
            for operand in self.operands[value - self.first_sum].tolist():
                remaining[operand] -= 1
                if remaining[operand] == 0:
                    del rows[operand]
