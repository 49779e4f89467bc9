"""The ends of a network: elements in the file's order, under the file's name, and what codes stand for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend.names import legal_name, printable
from bxnn.compiler.frontend.onnx.network import Network
from bxnn.compiler.frontend.onnx.node_reader import settled
from bxnn.compiler.frontend.onnx.requantize import quantized
from bxnn.compiler.frontend.onnx.values import Value, Wire
from bxnn.compiler.ir.advice import declare_result
from bxnn.compiler.ir.notices import DeclaredResult
from bxnn.compiler.ir.real_scale import RealScale
from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.monotone import Affine, Monotone
from bxnn.compiler.numeric.overflow import OverflowBehaviour
from bxnn.compiler.numeric.rounding import Overflow
from bxnn.compiler.numeric.scaled_quantizer import AnyRounding, ScaledQuantizer
from bxnn.compiler.numeric.smooth import Curve, Smooth
from bxnn.layers.reshape import Reshape
from bxnn.layers.sigmoid import SigmoidLayer


def finished(network: Network, name: str, value: Value, scales: dict[str, RealScale], used: set[str]) -> str:
    """The layer of an output.

    Args:
        network: Wires are added to it where they are needed.
        name: Name of the output in the file.
        value: Its value.
        scales: What its codes stand for is added to it, if that is not a power of two.
        used: Layers whose codes are other outputs, where they may stand for something else; the layer is added to it.

    Raises:
        ModelError: If its codes do not stand for multiples of a scale.
    """
    if not isinstance(value, Wire):
        raise ModelError(printable(name), "is an output that the network does not compute; remove it")
    if value.rows:
        problem = "the first axis of the output counts rows of an event, not events"
        raise ModelError(printable(name), f"{problem}; reshape it to (batch, ...)")
    wire = value
    if wire.integers is not None:
        scale, zero = wire.integers
        wire = replace(wire, integers=None).then((Affine(1 / scale, Fraction(zero)),))
    score = all(function.steps[-1:] == (Smooth(Curve.SIGMOID),) for function in wire.functions)
    if score:  # left out by a pass: a cut on the score is one on the logit
        wire = replace(wire, functions=tuple(Monotone(function.steps[:-1]) for function in wire.functions))
    if any(function.affine is None for function in wire.functions):
        way_out = declare_result(printable(name))

        def refuse(problem: str) -> ModelError:
            return ModelError(printable(name), f"the output follows a function that no quantizer ends; {way_out}")

        wire = settled(wire, network, name, refuse)
    wire = network.in_order(wire, name)
    if wire.layer in used or any(layer.name == wire.layer and not layer.inputs for layer in network.layers):
        shape = network.tensors[wire.layer].shape
        wire = replace(wire, layer=network.add(name, lambda own, read=wire.layer: Reshape(own, (read,), shape)))  # type: ignore[misc]
    used.add(wire.layer)
    if wire.scale != 1:
        scales[wire.layer] = _real_scale(network, wire)
    if not score:
        return wire.layer
    return network.add(name, lambda own: SigmoidLayer(own, (wire.layer,)), network.tensors[wire.layer])


def _real_scale(network: Network, wire: Wire) -> RealScale:
    """What the codes of a wire stand for, rounded once to float64."""
    lsb = Fraction(1) / Fraction(2) ** network.tensors[wire.layer].format.fraction_bits
    parts = [function.affine or Affine(Fraction(1), Fraction(0)) for function in wire.functions]
    factors, shifts = [float(part.factor * lsb) for part in parts], [float(part.shift) for part in parts]
    return RealScale(*(tuple(values[:1] if len(set(values)) == 1 else values) for values in (factors, shifts)))


def declared(network: Network, name: str, wire: Wire, quantizer: FixedQuantizer) -> Wire:
    """The wire rounded to the type that design.yaml declares for it.

    Raises:
        ModelError: If the type wraps, or no exact hardware is known.
    """
    mode = AnyRounding.of(quantizer.rounding)
    source = network.tensors[wire.layer]
    wraps = quantizer.overflow is Overflow.WRAP
    if wraps and (wire.scale != 1 or quantizer.overflow_behaviour(source) is not OverflowBehaviour.PROVEN):
        raise ModelError(printable(name), f"its declared type {quantizer.format} wraps; declare one with SAT")
    unit = Fraction(1) / Fraction(2) ** quantizer.format.fraction_bits
    own = ScaledQuantizer((unit,), 0, quantizer.low, quantizer.high, mode, False)
    found = quantized(network, wire, own, f"{name}_result" if wire.layer == legal_name(name) else name)
    network.notices.append(DeclaredResult(printable(name), quantizer))
    return found


def check_names(types: DeclaredTypes, known: Collection[str]) -> None:
    """Refuse types declared for anything but a tensor of the file.

    Raises:
        ConfigError: Naming the first.
    """
    for name, parts in types.layers.items():
        if name not in known and parts:
            origin = next(iter(parts.values())).origin
            raise ConfigError(f"{origin}: layers: {name}", unknown(name, known, "is not a layer"))


def named(network: Network, layers: Mapping[str, str], taken: set[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Outputs under their names in the file.

    Args:
        network: Wires are added to it for a tensor that leaves twice, or enters and leaves.
        layers: The layer of every output, by name in the file.
        taken: Layers that must keep their names.

    Returns:
        Layers that are outputs, and new names of layers.
    """
    outputs: list[str] = []
    renamed: dict[str, str] = {}
    for name, layer in layers.items():
        own = layer
        if layer in outputs or layer in taken:
            shape = network.tensors[layer].shape
            own = network.add(name, lambda called, read=layer, size=shape: Reshape(called, (read,), size))  # type: ignore[misc]
        outputs.append(own)
    for name, layer in zip(layers, outputs, strict=True):
        wanted = legal_name(name)
        if layer == wanted or wanted in taken or wanted in outputs:
            continue
        if wanted in network.tensors:  # the layer inside gives up the name
            inner = legal_name(f"{wanted}_inner", [*network.tensors, *renamed.values()])
            renamed[wanted] = inner
        renamed[layer] = wanted
    return tuple(outputs), renamed
