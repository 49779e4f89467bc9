"""Activations: fixed-point quantizers, ReLUs, ternary and binary steps, applied element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import InternalError
from bxnn.compiler.hardware.binding import Binding
from bxnn.compiler.hardware.common_lanes import common_lanes
from bxnn.compiler.hardware.element_lanes import ElementLanes, element_constants
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipeline_stage import PipelineStage
from bxnn.compiler.hardware.pipelining import Pipelining
from bxnn.compiler.hardware.requantize_paths import CLAMP_PINS, RequantizePaths
from bxnn.compiler.hardware.staircase_lanes import StaircaseLanes, threshold_codes
from bxnn.compiler.hardware.valid_loads import enabled_lanes
from bxnn.compiler.ir.hls4ml_signs import hls4ml_sign
from bxnn.compiler.ir.hls4ml_tables import TABLES
from bxnn.compiler.ir.layer import Example, Layer, stacked
from bxnn.compiler.ir.node_source import NodeSource
from bxnn.compiler.ir.reasons import NoOpReason
from bxnn.compiler.ir.relu_attributes import hls4ml_relu, keras_relu
from bxnn.compiler.ir.source import Activation, Curved, HalfSum, LayerSource, Sigmoid, Softmax
from bxnn.compiler.ir.window import Window
from bxnn.compiler.numeric.element_quantizer import ElementQuantizer, FixedPointQuantizer
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer, Rectifier, StepFunction
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.half_added import HalfAddedQuantizer
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.rounding import Codes, Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Int, Tensor
from bxnn.layers.batchnorm import BatchNorm
from bxnn.layers.curve import CurveLayer
from bxnn.layers.identity import Identity
from bxnn.layers.sigmoid import SigmoidLayer
from bxnn.layers.softmax import SoftmaxLayer


@dataclass(frozen=True, eq=False)
class ActivationLayer(HardwareLayer):
    """``y = function(x)`` for each element; one register, or two after thresholds.

    Attributes:
        function: The exact function on codes.
    """

    kind: ClassVar[str] = "activation"
    keras_classes: ClassVar[tuple[str, ...]] = ("Activation", "QActivation", "ReLU")
    hls4ml_classes: ClassVar[tuple[str, ...]] = ("Activation", "TernaryTanh")

    function: ElementFunction

    @classmethod
    def from_keras(cls, source: LayerSource) -> tuple[Layer, ...]:
        name = source.one_input()
        if source.class_name != "ReLU":
            layers = activation_layers(source, source.name, name, (source.input_shapes[0] or (1,))[-1])
            source.finish()
            return layers
        function = keras_relu(source)
        source.finish()
        return (cls(source.name, (name,), function),)

    @classmethod
    def from_hls4ml(cls, node: NodeSource) -> None:
        activation = node.word("activation")
        if activation in ("softmax", *TABLES):
            (SoftmaxLayer if activation == "softmax" else CurveLayer).from_hls4ml(node)
            return
        if node.class_name == "TernaryTanh":  # no template in its back ends: it would write nothing
            raise node.refuse("is not computed by hls4ml without a BatchNormalization before it; put one there")
        if activation != "linear":
            node.make(cls, hls4ml_sign(node) if activation == "binary_tanh" else hls4ml_relu(node))
        node.finish()

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        wide = Tensor.of_format((5,), FixedFormat(True, 4, 6))
        unsigned = Tensor.of_format((3,), FixedFormat(False, 2, 5))
        saturating = [FixedQuantizer(FixedFormat(True, 1, 3), rounding, Overflow.SAT) for rounding in Rounding]
        functions: list[ElementFunction] = [
            *saturating,
            FixedQuantizer(FixedFormat(False, 0, 6), Rounding.RND_CONV, Overflow.SAT),
            FixedQuantizer(FixedFormat(True, 2, 1), Rounding.RND, Overflow.WRAP),
            FixedQuantizer(FixedFormat(True, 2, 8), Rounding.TRN, Overflow.SAT_SYM),
            FixedQuantizer(FixedFormat(True, 1, 3), Rounding.RND_CONV, Overflow.SAT, -2, 15, 3),
            FixedQuantizer(FixedFormat(True, 8, -2), Rounding.RND_CONV, Overflow.SAT),
            StepFunction(FixedFormat(True, 1, 0), ((-21, 6), (21, 6)), (True, False), -1, 1),
            StepFunction(FixedFormat(True, 1, 0), ((0, 0),), (False,), -1, 2),
        ]
        # One format per element: signed, unsigned, no bits, appended bits, all dropped.
        own = np.array([[3, -1, 0, 7, -5], [-8, 0, 0, -64, -1], [7, 3, 0, 63, 0]])
        for number, rounding in enumerate(Rounding):
            columns = own if rounding.value.startswith("TRN") else own[:, np.arange(number, number + 5) % 5]
            for wraps in (True, False):
                functions.append(ElementQuantizer.of_columns(columns, rounding, wraps, number % 2 == 1))
        pairs = [(function, tensor) for function in functions for tensor in (wide, unsigned)]
        channels = ElementQuantizer.of_columns(own[:, np.newaxis, :2], Rounding.RND, True)
        image = Tensor.of_format((3, 2), FixedFormat(True, 4, 6))
        return (
            *(
                Example(cls("y", ("x",), function), (tensor,))
                for function, tensor in pairs
                if not isinstance(function, ElementQuantizer) or function.low.size == tensor.size
            ),
            Example(cls("y", ("x",), channels), (image,)),
        )

    def output_shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return shapes[0]

    def receptive_field(self, sources: Sequence[Tensor]) -> Window | None:
        function = self.function
        of_pixels = isinstance(function, ElementQuantizer) and function.low.size > function.low.shape[-1]
        return None if of_pixels else Window.pixel(len(sources[0].shape) - 1)

    def infer(self, sources: Sequence[Tensor]) -> Tensor:
        return self.function.infer(sources[0])

    def evaluate(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> Codes:
        return self.function.evaluate(stacked(values), sources[0].format.fraction_bits)

    def magnitude(self, sources: Sequence[Tensor]) -> int:
        grow = max(self.infer(sources).format.fraction_bits - sources[0].format.fraction_bits, 0)
        reach = int(max(-sources[0].low.min(), sources[0].high.max()))
        return max(super().magnitude(sources), reach << grow)

    def rounding_ties(self, values: Sequence[Codes], sources: Sequence[Tensor]) -> NDArray[np.int64]:
        value = stacked(values)
        if not isinstance(self.function, FixedQuantizer | ElementQuantizer):
            return np.zeros(len(value), np.int64)
        ties = self.function.ties(value, sources[0].format.fraction_bits)
        return np.asarray(ties.reshape(len(value), -1).sum(axis=1), np.int64)

    def resolved(self, sources: Sequence[Tensor]) -> Layer:
        if isinstance(self.function, Rectifier):
            return replace(self, function=self.function.as_quantizer(sources[0]))
        return self

    def host_quantizer(self) -> FixedPointQuantizer | None:
        return self.function if isinstance(self.function, FixedQuantizer | ElementQuantizer) else None

    def decides_at(self) -> int | None:
        return self.function.decides_at()

    def finest_threshold(self) -> float | None:
        return self.function.finest_threshold()

    def passes_order(self) -> bool:
        return isinstance(self.function, Rectifier)

    def held_bits(self, result: Tensor) -> int:
        return self.function.mean_bits if isinstance(self.function, ElementQuantizer) else result.bits

    def folded_into(self, producer: Layer) -> Layer | None:
        """Two consecutive ReLUs, or a ReLU before an unsigned or per-element quantizer, are merged into one."""
        rounded = producer.rounded_by(self.function) if isinstance(self.function, FixedQuantizer) else None
        if rounded is not None:
            return rounded
        if not isinstance(producer, ActivationLayer):
            return None
        first, second = producer.function, self.function
        if isinstance(second, ElementQuantizer):
            return replace(producer, function=replace(second, rectified=True)) if first == Rectifier() else None
        if not isinstance(second, FixedQuantizer):
            return None
        clips = first == Rectifier() and second.low >= 0 and second.overflow is not Overflow.WRAP
        return replace(producer, function=second) if clips else None

    def stage(self, layout: Layout, sources: Sequence[Tensor], pipelining: Pipelining) -> PipelineStage | None:
        if isinstance(self.function, ElementQuantizer):
            lanes = ElementLanes.of(self.function, sources[0], layout)
            return None if lanes is None else lanes.stage(layout, sources[0], self.function, pipelining)
        bits, enabled = self.infer(sources).bits, not layout.is_serial
        if isinstance(self.function, StepFunction):
            stairs = StaircaseLanes.of(self.function, sources[0], bits)
            return stairs.stage(layout, np.zeros(layout.lanes, np.int64), pipelining)
        if not isinstance(self.function, FixedQuantizer):
            raise InternalError(self.describe(), "has a function that no pass has resolved")
        most, flip_flops = pipelining.most_loads, layout.lanes * bits * enabled
        paths = RequantizePaths.of(self.function, sources[0], bits, flip_flops, most)
        started = enabled_lanes(layout.lanes, bits, CLAMP_PINS * paths.clamped)
        fabric = common_lanes(self.function, sources[0], layout.lanes)
        return PipelineStage(layout, layout.after_register(), 1, fabric, paths, enabled=started)

    def elements_read(self, read: NDArray[np.bool_], sources: Sequence[Tensor]) -> tuple[NDArray[np.bool_], ...]:
        return (read & (self.function.widths > 0 if isinstance(self.function, ElementQuantizer) else True),)

    def bits_read(self, sources: Sequence[Tensor]) -> tuple[Int, Int] | None:
        return self.function.bits_read(sources[0]) if isinstance(self.function, ElementQuantizer) else None

    def entry_depth(self, sources: Sequence[Tensor]) -> int | None:
        return 1  # one short adder and the clamp, or a comparator

    def with_half(self, sources: Sequence[Tensor]) -> tuple[Layer, int] | None:
        if not isinstance(self.function, FixedQuantizer):
            return None
        function = HalfAddedQuantizer.of(self.function, sources[0].format.fraction_bits)
        return None if function is None else (replace(self, function=function), function.format.fraction_bits + 1)

    def half_read(self, sources: Sequence[Tensor]) -> int:
        function = self.function
        return function.half(sources[0].format.fraction_bits) if isinstance(function, HalfAddedQuantizer) else 0

    def vhdl(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        if isinstance(self.function, StepFunction):
            exact = self.function.integer_thresholds(sources[0].format.fraction_bits)
            return {"thresholds": exact, "threshold_codes": threshold_codes(self.function, sources[0])}
        if isinstance(self.function, ElementQuantizer):
            lanes = ElementLanes.of(self.function, sources[0], binding.source)
            assert lanes is not None
            return lanes.constants
        return {"half_added": isinstance(self.function, HalfAddedQuantizer)}

    def hls(self, binding: Binding, sources: Sequence[Tensor]) -> Mapping[str, Any]:
        if isinstance(self.function, ElementQuantizer):
            return element_constants(self.function, sources[0])
        return self.vhdl(binding, sources)

    def overflow_behaviour(self, sources: Sequence[Tensor]) -> OverflowBehaviour:
        return self.function.overflow_behaviour(sources[0])


def activation_layers(source: LayerSource, name: str, input_name: str, channels: int) -> tuple[Layer, ...]:
    """The layers for the activation attribute of any Keras layer, as ``function_layers`` makes them."""
    return function_layers(source.activation(), name, input_name, channels, name == source.name)


def function_layers(
    function: Activation, name: str, input_name: str, channels: int, names_output: bool = False
) -> tuple[Layer, ...]:
    """Layers for an activation over ``channels``; the last is called ``name``, the user's name if ``names_output``."""
    if function is None:
        return (Identity(name, (input_name,), NoOpReason.LINEAR_ACTIVATION),)
    if isinstance(function, Softmax | Sigmoid):
        left_out = SoftmaxLayer if isinstance(function, Softmax) else SigmoidLayer
        return (left_out(name, (input_name,), names_output),)
    if isinstance(function, Curved):
        return (CurveLayer(name, (input_name,), function.function, function.quantizer),)
    if isinstance(function, HalfSum):
        half = FixedTensor(np.ones(channels, np.int64), 1)
        mean = BatchNorm(f"{name}_mean", (input_name,), half, half)
        return mean, ActivationLayer(name, (mean.name,), function.function)
    return (ActivationLayer(name, (input_name,), function),)
