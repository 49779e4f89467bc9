"""Chooses types layer by layer on events; every layer reads the results of the layers before it as already rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from bxnn.compiler.calibration.chosen_format import (
    ORIGIN,
    Loss,
    RangeChoice,
    input_format,
    merged,
    result_format,
    rounded,
    saturated,
)
from bxnn.compiler.calibration.float_network import FloatNetwork, FloatStep
from bxnn.compiler.calibration.kernel_types import KernelTypes
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.calibration.sensitivity import Sensitivity
from bxnn.compiler.calibration.widths import Widths
from bxnn.compiler.ir.source import Parameter, Reals
from bxnn.compiler.numeric.declared_types import NO_TYPES, DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor

_FINEST_BIAS = 40  # fraction bits
_WEIGHTS = ("kernel", "scale")
_ADDED = {"kernel": "bias", "scale": "shift"}


@dataclass(frozen=True, eq=False)
class Chosen:
    """The types of a network and what they do to events.

    Attributes:
        types: Chosen ones, in the order of the network; what the user declared is not among them.
        outputs: Real-valued outputs by name.
        saturated: Fraction of numbers that saturate, by name of the input or of the result's layer.
    """

    types: DeclaredTypes
    outputs: Mapping[str, Reals]
    saturated: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Calibrator:
    """Chooses types for a network on events.

    Attributes:
        network: The network.
        values: Events by name of the input.
        declared: Types that are given.
        choice: How ranges of results are chosen.
        per_channel: Whether each output channel of a kernel has its own type.
        judge: What the loss at the outputs is; without it, formats are chosen by the error of their own numbers.
        known: Types chosen so far, by layer, part and width.
    """

    network: FloatNetwork
    values: Mapping[str, Reals]
    declared: DeclaredTypes = NO_TYPES
    choice: RangeChoice = field(default_factory=RangeChoice)
    per_channel: bool = True
    judge: Judge | None = None
    known: dict[tuple[str, str, int], DeclaredType] = field(default_factory=dict)

    def choose(self, widths: Widths) -> Chosen:
        """Types of these widths, and the network with them on the events."""
        run = _Run(self, widths)
        for name, key in self.network.inputs.items():
            run.input(name, key)
        for step in self.network.steps:
            run.step(step)
        layers = {name: parts for name, parts in run.layers.items() if parts}
        outputs = {name: run.known[name] for name in self.network.graph.outputs}
        return Chosen(DeclaredTypes(run.inputs, layers, self.network.factors), outputs, run.saturated)

    @cached_property
    def real(self) -> Mapping[str, Reals]:
        """The results of all layers of the float model."""
        return self.network.results(self.values)

    def input_type(self, name: str, bits: int) -> DeclaredType:
        """The type of an input: one for each feature of a vector."""
        if name in self.network.scaled:
            return self.network.scaled[name]
        if (name, "input", bits) not in self.known:
            real = self.real[name]
            columns = real.T if real.ndim == 2 else real.reshape(1, -1)
            found = [
                input_format(column, bits, self._loss(name, index if real.ndim == 2 else None, len(columns)))
                for index, column in enumerate(columns)
            ]
            self.known[name, "input", bits] = DeclaredType(merged(tuple(found)), origin=ORIGIN)
        return self.known[name, "input", bits]

    def _loss(self, name: str, feature: int | None = None, features: int = 1) -> Loss | None:
        """The loss at the outputs with a format for a tensor; ``None`` if it is not to count."""
        outputs = self.sensitivity
        bearable = outputs is not None and outputs.bearable(features)
        if outputs is None or not bearable:
            return None
        return lambda own: outputs.loss(name, partial(rounded, own), feature)

    @cached_property
    def sensitivity(self) -> Sensitivity | None:
        """What rounding a tensor does to the outputs."""
        return None if self.judge is None else Sensitivity(self.network, self.real, self.judge)

    @cached_property
    def kernels(self) -> KernelTypes:
        """Types of kernels."""
        return KernelTypes(self.real, self.per_channel, ORIGIN)

    def result_type(self, step: FloatStep, bits: int) -> DeclaredType:
        """The type of a result."""
        key = (step.layer.name, "output", bits)
        if key not in self.known:
            own = self.real[step.layer.name]
            found = result_format(own, bits, step.unsigned, self.choice, self._loss(step.layer.name))
            self.known[key] = DeclaredType((found,), origin=ORIGIN)
        return self.known[key]


@dataclass(eq=False)
class _Run:
    """One pass over the network.

    Attributes:
        calibrator: What chooses.
        widths: Bits of everything.
        known: Rounded results so far.
        grids: Their fraction bits.
        inputs: Types chosen for inputs.
        layers: Types chosen for layers.
        saturated: Fraction of numbers that saturated.
        trail: Widths that were used.
    """

    calibrator: Calibrator
    widths: Widths
    known: dict[str, Reals] = field(default_factory=dict)
    grids: dict[str, int] = field(default_factory=dict)
    inputs: dict[str, DeclaredType] = field(default_factory=dict)
    layers: dict[str, dict[str, DeclaredType]] = field(default_factory=dict)
    saturated: dict[str, float] = field(default_factory=dict)
    trail: list[int] = field(default_factory=list)

    def input(self, name: str, key: str) -> None:
        """An input as the host rounds it."""
        declared = self.calibrator.declared.inputs.get(key)
        if declared is None:
            declared = self.inputs[key] = self.calibrator.input_type(name, self.widths.inputs)
        values = np.asarray(self.calibrator.values[name], np.float64)
        host = declared.host(f"inputs: {key}", self.calibrator.network.shape(name))
        self.known[name] = host.quantize_real(values) * host.format.lsb
        self.grids[name] = host.format.fraction_bits
        read = values if declared.scale is None else declared.scale(values)
        self.saturated[key] = _saturated_inputs(declared, read)

    def step(self, step: FloatStep) -> None:
        """A layer with its constants and the type of its result."""
        layer = step.layer
        read = [self.known[name] for name in layer.inputs]
        self.layers.setdefault(step.key, {})
        result, grid = self._computed(step, read)
        if step.result_key is not None:
            result, grid = self._rounded(step, result)
        self.known[layer.name], self.grids[layer.name] = result, grid

    def _computed(self, step: FloatStep, read: list[Reals]) -> tuple[Reals, int]:
        grid = max(self.grids[name] for name in step.layer.inputs)
        declared = self.calibrator.declared.layers.get(step.key, {})
        given = {part: type_ for part, type_ in declared.items() if part != "output"}
        if not step.floats and not given:
            return step.run(read), grid + (0 if step.layer.exact else 8)
        layer = step.layer.with_types(given)
        constants: dict[str, FixedTensor] = {
            part: constant.quantized() if isinstance(constant, Parameter) else constant
            for part, constant in layer.constants().items()
            if part in given or part not in step.floats
        }
        own = self.layers[step.key]
        for part in _WEIGHTS:
            if part in step.floats and part not in given:
                bits = self.widths.of(step.key, part)
                own[part] = self.calibrator.kernels.chosen(step, part, bits, read[0], (self.widths.inputs, *self.trail))
                self.trail.append(bits)
                constants[part] = own[part].constant(part, step.floats[part], step.layer.channels())
        weights = next(part for part in _WEIGHTS if part in constants)
        grid += constants[weights].fraction_bits
        added = _ADDED[weights]
        if added in constants:
            return step.run(read, constants), grid
        zero = FixedTensor(np.zeros(step.layer.channels(), np.int64), 0)
        off = step.run(read, {**constants, added: zero})
        own[added], bias = self._corrected(step, added, off, grid)
        return off + bias.values, grid

    def _corrected(self, step: FloatStep, part: str, off: Reals, grid: int) -> tuple[DeclaredType, FixedTensor]:
        """The type of a bias on the grid of the sums, with the mean error of results without it taken away."""
        channels, grid = step.layer.channels(), min(grid, _FINEST_BIAS)
        stored = step.floats[part] if part in step.floats else np.zeros(channels)
        target = self.calibrator.real[step.layer.name]
        wanted = np.mean((target - off).reshape(-1, channels), axis=0)
        codes = np.rint(np.ldexp(np.stack([stored, wanted]), grid)).astype(np.int64)
        signed = FixedFormat.covering(min(int(codes.min()), -1), int(codes.max()), grid)
        quantizer = FixedQuantizer(signed, Rounding.RND_CONV, Overflow.SAT)
        declared = DeclaredType((quantizer,), tuple((codes[1] - codes[0]).tolist()), ORIGIN)
        return declared, declared.constant(part, stored, channels)

    def _rounded(self, step: FloatStep, result: Reals) -> tuple[Reals, int]:
        assert step.result_key is not None
        declared = self.calibrator.declared.layers.get(step.result_key, {}).get("output")
        if declared is None:
            bits = self.widths.of(step.result_key, "output", step.addresses)
            self.trail.append(bits)
            declared = self.calibrator.result_type(step, bits)
            self.layers.setdefault(step.result_key, {})["output"] = declared
        own = declared.whole
        self.saturated[step.result_key] = saturated(own, result) / max(result.size, 1)
        return own.quantize_real(result) * own.format.lsb, own.format.fraction_bits


def _saturated_inputs(declared: DeclaredType, values: Reals) -> float:
    features = values.shape[-1] if len(declared.quantizers) > 1 else 1
    columns = values.reshape(-1, features)
    found = sum(saturated(declared.quantizers[index], columns[:, index]) for index in range(features))
    return found / max(values.size, 1)
