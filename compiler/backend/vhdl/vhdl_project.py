"""What the VHDL of both hardware forms is built from: templates, the handwritten library, names of ports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from bxnn.compiler.backend.columns import in_columns
from bxnn.compiler.backend.license_line import licensed
from bxnn.compiler.backend.vhdl import vhdl_literals
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.reset_port import DEFAULT_RESET
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.registry import TEMPLATES
from bxnn.compiler.numeric.tensor import Tensor
from bxnn.compiler.templates import template_environment

VHDL_TEMPLATES = TEMPLATES / "vhdl"
DEFAULT_FACTS: Mapping[str, Any] = {
    "spacing_error": False,
    "tag_bits": 0,
    "axi_stream": None,
    "loading": None,
    "set_choice": None,
    "reset": DEFAULT_RESET,
    "models": (),
    "dsp_primitive": None,
}


class VhdlProject(ABC):
    """The VHDL files of a network.

    Args:
        graph: After the pipeline.
        facts: Values for headers: board, clock, bxnn version; ``models``, the SHA-256 of the model's files;
            ``spacing_error``, whether the top entity has that port; ``tag_bits``, the width of its tag;
            ``axi_stream``, its wrapper; ``reset``, its reset port; ``loading``, how weights are loaded at run time;
            ``set_choice``, how the tag chooses weights;
            ``dsp_primitive``, the slice that is instantiated, ``None`` if DSPs are inferred.
    """

    def __init__(self, graph: Graph, facts: Mapping[str, Any]) -> None:
        self.graph, self.facts = graph, {**DEFAULT_FACTS, **facts}
        self.tensors = graph.tensors()
        self.environment = vhdl_environment()

    @abstractmethod
    def render(self) -> dict[str, str]:
        """Text of every file by name, in compile order."""

    def from_template(self, name: str, **values: Any) -> str:
        """One file of the network."""
        return in_columns(self.environment.get_template(name).render(**self.facts, **values))

    def write(self, folder: Path) -> tuple[str, ...]:
        """Write all files below ``folder``.

        Returns:
            Names of the VHDL files relative to ``folder``, in compile order.
        """
        files = self.render()
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(licensed(name, text), encoding="utf-8")
        return tuple(name for name in files if name.endswith(".vhd"))


@cache
def vhdl_environment() -> Environment:
    """Templates below hls_templates/vhdl with the functions they may call."""
    functions = {
        "bit_vector": vhdl_literals.bit_vector,
        "rows": vhdl_literals.rows,
        "integers": vhdl_literals.integers,
        "signed_literal": vhdl_literals.signed_literal,
        "width": width,
    }
    return template_environment(VHDL_TEMPLATES, functions=functions)


def width(layout: Layout, tensor: Tensor) -> int:
    """Total bits of a tensor in a layout."""
    return layout.lanes * tensor.bits


def port_names(names: tuple[str, ...], side: str) -> dict[str, tuple[str, str]]:
    """Valid and data port of each network input or output: ``in_valid, in_data`` if there is only one, else by name."""
    if len(names) == 1:
        return {names[0]: (f"{side}_valid", f"{side}_data")}
    return {name: (f"{name}_valid", f"{name}_data") for name in names}
