"""What a user can do about a result that is not a binary fraction, or a very long one."""

from __future__ import annotations

from bxnn.compiler.ir.finest_threshold import FinestThreshold


def declare_result(layer: str) -> str:
    """To give the result of a layer a number format."""
    return f'declare its result in design.yaml: layers: {{{layer}: {{output: "fixed<W,I,RND_CONV,SAT>"}}}}'


def give_formats(layer: str, role: str) -> str:
    """To give formats to constants of a layer."""
    declared = f'layers: {{{layer}: {{{role}: "fixed<W,I,RND_CONV,SAT>"}}}}'
    return f"give formats in design.yaml, {declared}, or events: bxnn calibrate MODEL --events x.npz"


def coarser_threshold(threshold: FinestThreshold, bits: int | None, layer: str) -> str:
    """To change the threshold that makes the result of a layer so long."""
    return (
        f"threshold {threshold.value} of {threshold.layer} needs {bits} fraction bits of its input; use one with few "
        f"fraction bits, such as 0.25 or 0.375, or {declare_result(layer)}"
    )
