"""Checks an overflow certificate against the VHDL that it is about; knows nothing of schedules and bindings.

What each accumulator reaches is computed from the constants in the VHDL. It must be what the certificate says, fit the
bits that the VHDL provides, and lie within the partial sums that the model allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from bxnn.compiler.plural import counted
from bxnn.compiler.verification.accumulator_bounds import Accumulator, accumulators, is_binding
from bxnn.compiler.verification.overflow_certificate import Bound, LayerBounds
from bxnn.compiler.verification.vhdl_constants import instances


def broken_bounds(certificate: Sequence[LayerBounds], vhdl: Path) -> Iterator[str]:
    """What does not hold, an accumulator at a time; nothing if the certificate is right.

    Args:
        certificate: The bounds.
        vhdl: The folder with the files that it names.

    Raises:
        VerificationError: If the VHDL cannot be read.
    """
    for layer in certificate:
        found = [instance for instance in instances(vhdl / layer.file) if is_binding(instance)]
        if layer.instance >= len(found):
            yield f"{layer.layer}: {layer.file} has no accumulators; compile again"
            continue
        reached = accumulators(found[layer.instance], layer.ranges)
        for claimed, real in zip_longest(layer.accumulators, reached):
            problem = _problem(claimed, real, layer)
            if problem is not None:
                yield f"{layer.layer}: {problem}"


def _problem(claimed: Bound | None, real: Accumulator | None, layer: LayerBounds) -> str | None:
    """The first thing that is wrong with an accumulator, or ``None``."""
    if claimed is None or real is None:
        return f"{layer.file} has other accumulators than the certificate"
    least, greatest, bits = claimed
    reaches = f"{real.name} reaches {real.low} .. {real.high}"
    if not real.fits:
        return f"{reaches}, beyond its {counted(real.bits, 'bit')}"
    if real.bits != bits:
        return f"{real.name} has {counted(real.bits, 'bit')}, the certificate says {bits}"
    if real.low < least or greatest < real.high:
        return f"{reaches}, the certificate says {least} .. {greatest}"
    if layer.partial_sums is not None and not _within(real, layer):
        low, high = layer.partial_sums
        return f"{reaches}, but the weights of the model allow {low} .. {high}"
    return None


def _within(real: Accumulator, layer: LayerBounds) -> bool:
    """Whether a sum is one of the model's; values of an adder graph may be scaled, so only sums of slices are."""
    if layer.partial_sums is None or real.name.startswith("value "):
        return True
    low, high = layer.partial_sums
    return low <= real.low and real.high <= high
