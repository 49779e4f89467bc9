"""What software needs to load weights at run time: the register map in SystemRDL, a C header, a Python class."""

from __future__ import annotations

from bxnn.compiler.hardware.weight_ports import ADDRESS_STEPS
from bxnn.compiler.ir.registry import TEMPLATES
from bxnn.compiler.templates import template_environment

_KINDS = ("rdl", "h", "py")


def weight_software(top: str, bus: str, words: int, layout: int) -> dict[str, str]:
    """Text of the files by name.

    Args:
        top: Name of the top entity.
        bus: Bus of the registers.
        words: Words of a set.
        layout: Identifies which word is which.
    """
    environment = template_environment(TEMPLATES / "software")
    values = {"top": top, "bus": bus, "words": words, "layout": f"{layout:08x}", "step": ADDRESS_STEPS[bus]}
    return {f"{top}_weights.{kind}": environment.get_template(f"weights.{kind}.j2").render(values) for kind in _KINDS}
