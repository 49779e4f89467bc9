"""Weights of a candidate, rounded to its widths by a calibration: the network of the firmware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bxnn.compiler.calibration.calibrator import Calibrator
from bxnn.compiler.calibration.chosen_format import Range, RangeChoice, input_format
from bxnn.compiler.calibration.float_network import network_of
from bxnn.compiler.calibration.loss import Judge
from bxnn.compiler.calibration.widths import Place, Widths
from bxnn.compiler.config.formats_file import format_lines
from bxnn.compiler.frontend.onnx.node_network import read_nodes
from bxnn.compiler.frontend.onnx.onnx_file import OnnxModel
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.search.candidate import Candidate
from bxnn.compiler.search.layer_plan import INPUT, MEAN, LayerPlan, LayerWeights, Weights
from bxnn.compiler.search.network_nodes import LayerTypes, float_nodes, quantized_nodes
from bxnn.compiler.search.standardization import Standardization

TOP = "network"  # name of the graph


@dataclass(frozen=True, eq=False)
class QuantizedCandidate:
    """The network of the firmware.

    Attributes:
        model: Its nodes, as of a QONNX file that reads raw features.
        types: Its formats, by the names of the layers.
    """

    model: OnnxModel
    types: DeclaredTypes = field(default_factory=DeclaredTypes)

    @property
    def graph(self) -> Graph:
        """The network as a front end reads it."""
        return read_nodes(Path(f"{TOP}.onnx"), self.model, TOP, None, DeclaredTypes()).graph

    @property
    def onnx_file(self) -> bytes:
        """The network as a QONNX file that reads raw features."""
        from bxnn.sim.training.qonnx_file import StoredNode, onnx_bytes

        nodes = [
            StoredNode(node.op, node.domain, node.version, node.inputs, node.outputs[0], node.attributes)
            for node in self.model.nodes
        ]
        constants = {name: stored.values for name, stored in self.model.constants.items()}
        shapes = {name: tuple(size or 1 for size in shape[1:]) for name, shape in self.model.inputs.items()}
        return onnx_bytes(nodes, constants, shapes, self.model.outputs[0])

    @property
    def formats_text(self) -> str:
        """formats.yaml for the float model, whose layers have the same names."""
        head = "# Number formats that bxnn search chose; `bxnn compile model.keras` takes them with `formats:`."
        return "\n".join([head, *format_lines(self.types), ""])


def quantized_candidate(
    candidate: Candidate,
    plans: tuple[LayerPlan, ...],
    weights: Weights,
    standard: Standardization,
    x: NDArray[np.float32],
    by_loss: bool,
    classes: bool = True,
) -> QuantizedCandidate:
    """Choose formats of the candidate's widths.

    Args:
        candidate: The network.
        plans: Its layers.
        weights: Floats.
        standard: What the host does to features.
        x: Raw events from which ranges are chosen.
        by_loss: Whether ranges are chosen by the loss at the outputs, or by the error of their own numbers, which is
            quicker and enough for untrained weights.
        classes: Whether outputs are logits, rather than real numbers.
    """
    shape = x.shape[1:]
    read = read_nodes(Path(f"{TOP}.onnx"), float_nodes(plans, weights), TOP, None, DeclaredTypes(), floats=True)
    network = network_of(read.graph, scores=classes)
    values = standard(x).astype(np.float64)
    if plans[0].window:
        values = np.moveaxis(values, -1, 1)
    elif not plans[0].rows:
        values = values.reshape(len(x), -1)
    host = input_format(values.ravel(), candidate.input_bits)
    own: dict[Place, int] = {}
    for plan in plans:
        own[plan.name, "kernel"] = own[plan.name, "output"] = own[plan.activation_name, "output"] = plan.bits
        if plan.averaged:
            own[MEAN, "output"] = plan.mean_bits
    choice = RangeChoice(Range.LOSS if by_loss else Range.MSE)
    judge = Judge(classes) if by_loss else None
    declared = DeclaredTypes({INPUT: DeclaredType((host,))})
    widths = Widths(candidate.input_bits, max(candidate.bits), own)
    with threadpool_limits(1, user_api="blas"):
        calibrator = Calibrator(network, {INPUT: values}, declared, choice, True, judge)
        declared = DeclaredTypes(declared.inputs, _sparse(plans, weights, calibrator.choose(widths).types))
        found = replace(calibrator, declared=declared).choose(widths).types.over(declared)
    constants, types = _rounded(plans, weights, found)
    return QuantizedCandidate(quantized_nodes(plans, constants, types, (standard, host), shape), found)


def _sparse(
    plans: tuple[LayerPlan, ...], weights: Weights, found: DeclaredTypes
) -> Mapping[str, Mapping[str, DeclaredType]]:
    """The types of all kernels, rounded jointly, but such that no weight that is zero becomes another number."""
    kernels = {}
    for plan in plans:
        kernel, chosen = weights[plan.name].kernel, found.layers[plan.name]["kernel"]
        steps = np.where(kernel.ravel() == 0, 0, chosen.correction or 0)
        correction = tuple(steps.tolist()) if chosen.correction else ()
        kernels[plan.name] = {"kernel": replace(chosen, correction=correction)}
    return kernels


def _rounded(
    plans: tuple[LayerPlan, ...], weights: Weights, found: DeclaredTypes
) -> tuple[Weights, dict[str, LayerTypes]]:
    """Weights on their grids, and the types of all layers."""
    constants: dict[str, LayerWeights] = {}
    types: dict[str, LayerTypes] = {}
    for plan in plans:
        own, chosen = weights[plan.name], found.layers[plan.name]
        kernel = chosen["kernel"].constant(plan.name, own.kernel.astype(np.float32), plan.outputs)
        bias = chosen["bias"].constant(plan.name, own.bias.astype(np.float32), plan.outputs)
        constants[plan.name] = LayerWeights(kernel.values, bias.values)
        result = None if plan.activation is None else found.layers[plan.activation_name]["output"].whole
        types[plan.name] = LayerTypes(chosen["kernel"].quantizers, result)
        if plan.averaged:
            types[MEAN] = LayerTypes((), found.layers[MEAN]["output"].whole)
    return constants, types
