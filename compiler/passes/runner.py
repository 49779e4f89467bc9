"""Runs passes, verifies the graph around each, and dumps the IR as numbered text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bxnn.compiler.errors import ModelError, SeveralProblemsError, all_of
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.text import print_graph
from bxnn.compiler.ir.verifier import verify
from bxnn.compiler.numeric.declared_types import DeclaredType
from bxnn.compiler.numeric.element_quantizer import HostQuantizer
from bxnn.compiler.numeric.host_scale import HostScale
from bxnn.compiler.numeric.output_form import OutputForm


@dataclass(frozen=True)
class PassOptions:
    """The user's decisions about the lowering.

    Attributes:
        inputs: Declared number format of network inputs, by layer name.
        outputs: Ports of network outputs, by layer name; one with the values for an output that is not named.
        results: Declared number format of layer results, by layer name.
        constants: Declared number formats of ``kernel``, ``bias``, ``scale``, ``shift``, by layer name and part.
        factors: By which the float results of a layer are multiplied, one for each channel, by layer name.
        scales: What the host does to the features of network inputs before it rounds them, by layer name.
        reloadable: Layers whose weights are loaded at run time; ``None`` for all that have weights.
    """

    inputs: Mapping[str, HostQuantizer] = field(default_factory=dict)
    outputs: Mapping[str, tuple[OutputForm, ...]] = field(default_factory=dict)
    results: Mapping[str, DeclaredType] = field(default_factory=dict)
    constants: Mapping[str, Mapping[str, DeclaredType]] = field(default_factory=dict)
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    scales: Mapping[str, HostScale] = field(default_factory=dict)
    reloadable: tuple[str, ...] | None = ()


class Pass(Protocol):
    """A small pure function from graph to graph."""

    @property
    def __name__(self) -> str:
        """The verb that names the pass."""

    def __call__(self, graph: Graph, options: PassOptions) -> Graph:
        """Return the rewritten graph."""


def run(graph: Graph, passes: Sequence[Pass], options: PassOptions, dump_folder: Path | None = None) -> Graph:
    """Run the passes in order.

    Args:
        graph: As read by the front end.
        passes: Usually ``PIPELINE``.
        options: The user's decisions.
        dump_folder: Where ``00_frontend.txt``, ``01_<pass>.txt``, ... go, if anywhere.

    Raises:
        ModelError: From a pass that refuses the network.
        InternalError: If a pass breaks the graph.
    """
    verify(graph, "frontend")
    _dump(graph, dump_folder, 0, "frontend")
    for number, step in enumerate(passes, start=1):
        try:
            graph = step(graph, options)
            verify(graph, step.__name__)
        except ModelError as error:
            problems = error.problems if isinstance(error, SeveralProblemsError) else (error,)
            raise all_of([ModelError(graph.spelled(one.subject), one.problem) for one in problems]) from error
        _dump(graph, dump_folder, number, step.__name__)
    return graph


def _dump(graph: Graph, folder: Path | None, number: int, name: str) -> None:
    if folder is not None:
        (folder / f"{number:02d}_{name}.txt").write_text(print_graph(graph)[0], encoding="utf-8")
