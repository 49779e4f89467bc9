"""One proposed network: everything that determines it, except for its weights."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.search.space_config import Activation, Family


class Candidate(BaseModel):
    """A proposed network.

    Attributes:
        family: Kind of network.
        widths: Sizes of the hidden layers; of an autoencoder, those up to its narrowest one, which the same follow in
            reverse order.
        kernel_sizes: Rows and columns of the kernel of each convolution; empty if there are none.
        bits: Bits of the weights of each of these layers, and of their results; those of the output layer come last.
        input_bits: Bits of the inputs.
        activation: After every hidden layer.
        pruning: Share of the weights of every layer that are zero.
        strategy: Of the scheduler.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    family: Family
    widths: tuple[int, ...]
    kernel_sizes: tuple[int, ...] = ()
    bits: tuple[int, ...]
    input_bits: int
    activation: Activation
    pruning: float
    strategy: Strategy

    @property
    def key(self) -> str:
        """A name for its files, different for every other network."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def __str__(self) -> str:
        """``mlp 32-16, bits 8/6-6-8, relu, 50 % zeros, lut``."""
        widths, bits = "-".join(map(str, self.widths)), "-".join(map(str, self.bits))
        zeros = f"{self.pruning:.0%}".replace("%", " %")
        kernels = f", kernels {'-'.join(map(str, self.kernel_sizes))}" if self.kernel_sizes else ""
        head = f"{self.family} {widths}{kernels}, bits {self.input_bits}/{bits}, {self.activation}"
        return f"{head}, {zeros} zeros, strategy {self.strategy}"
