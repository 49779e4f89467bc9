"""What the DSP implementations of a linear map have in common before one is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.plural import counted


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums that DSPs form for a map.

    Attributes:
        subject: The layer, for error messages.
        tensor: Tensor of the input.
        initiation_interval: Cycles between events.
        accum_bits: Width that suffices for every partial sum.
        result_bits: Low bits of a sum that a reader uses.
        pipelining: Where the registers are.
    """

    subject: str
    tensor: Tensor
    initiation_interval: int
    accum_bits: int
    result_bits: int
    pipelining: Pipelining = EVERY_REGISTER

    def check(self, binding: DspBinding) -> None:
        """Verify the slot table and the lanes of a binding, and that its control can be copied often enough.

        Raises:
            ScheduleError: If one of its DSPs has too many control pins for ``timing: max_fanout``.
        """
        binding.verify(self.subject)
        most = self.pipelining.max_fanout
        if most is not None and binding.least_fanout > most:
            loads = counted(binding.least_fanout, "load")
            problem = f"timing: max_fanout {most} is too small, the control of one of its DSPs has {loads}"
            raise ScheduleError(self.subject, f"{problem}; use at least {binding.least_fanout}")
