"""New weights for a build whose weights are loaded at run time: the register writes that load them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from bxnn.boards.chosen_board import chosen_board
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.builds.open_build import OpenBuild, opened
from bxnn.compiler.driver import lower
from bxnn.compiler.errors import InputError, InternalError, raise_all
from bxnn.compiler.files import naming
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.weight_loading import BEGIN, CONTROL, DATA, SWITCH
from bxnn.compiler.hardware.weight_ports import ADDRESS_STEPS
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.kept_design import DESIGN_FILE, kept_design
from bxnn.compiler.numeric.declared_types import DeclaredTypes
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.numeric.tensor import Int
from bxnn.compiler.plural import counted
from bxnn.compiler.report import ReportModel, load_report
from bxnn.compiler.report.weights_facts import WeightsFacts
from bxnn.compiler.schedule.loading import loading_of
from bxnn.compiler.schedule.scheduling import schedule_graph


@dataclass(frozen=True)
class WeightSet:
    """New weights, ready to be loaded.

    Attributes:
        build: Name of the top entity.
        layers: The layers whose weights they are, as spelled by the user.
        words: Words of the set.
        changed: Weights and biases that differ from those of the build.
        layout: Identifies which word is which.
    """

    build: str
    layers: tuple[str, ...]
    words: int
    changed: int
    layout: str


def write_weights(build: Path, model: Path, weights: Path | None, output: Path) -> WeightSet:
    """Write the register writes that load the weights of a model into a build and switch to them.

    Args:
        build: A build with weights that are loaded at run time.
        model: The model with the new weights.
        weights: Weights file of a .json model.
        output: The file to write.

    Raises:
        InputError: If the build has no such weights, or the model differs in more than these weights.
    """
    with opened(build, "ir", "report.json", "model", DESIGN_FILE) as place:
        if output.resolve().is_relative_to(place.folder.resolve()):
            raise InputError(str(output), "is inside the build; name a file outside it with --output")
        report, old = load_report(Build(place.folder).report), Build(place.folder).graph
        if report.weights is None:
            problem = (
                "has no weights that are loaded at run time; compile it with weights: {layers: all} in design.yaml"
            )
            raise InputError(str(build), problem)
        new, words = _lowered(place, report, model, weights, old)
    text = "\n".join(_lines(report.weights, words)) + "\n"
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    with naming(output):
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)
    facts = report.weights
    return WeightSet(report.name, facts.layers, facts.words, _changed(old, new), facts.layout)


def _lowered(place: OpenBuild, report: ReportModel, model: Path, weights: Path | None, old: Graph) -> tuple[Graph, Int]:
    """The new network, lowered like the one of the build, and the words of its weights."""
    config = kept_design((place.folder / DESIGN_FILE).read_text(encoding="utf-8"), place.folder)
    types = _uncorrected(config.declared_types(), report.weights)
    floats = config.formats is not None
    graph = load_model(model, weights, report.name, None, types, floats=floats)
    new = lower(graph, config, types=types)
    raise_all([InputError(model.name, problem) for problem in _differences(old, new)])
    loading = loading_of(schedule_graph(new, config, chosen_board(config)), config)
    if loading is None:
        raise InternalError(report.name, "has lost the weights that are loaded at run time")
    assert report.weights is not None
    if f"{loading.layout:08x}" != report.weights.layout:
        problem = f"was compiled by bxnn {report.bxnn_version}, which orders words in another way"
        raise InputError(str(place.folder), f"{problem}; compile it again, or load with that version")
    return new, loading.set_words()


def _lines(facts: WeightsFacts, words: Int) -> Iterator[str]:
    """An address and data in hexadecimal digits for every write."""
    step = ADDRESS_STEPS[facts.bus]
    yield f"// layout {facts.layout}, {counted(facts.words, 'word')}: address and data of every register write"
    writes = [(CONTROL, BEGIN), *((DATA, int(word)) for word in words), (CONTROL, SWITCH)]
    for register, data in writes:
        yield f"{register * step:08x} {data:08x}"


def _uncorrected(types: DeclaredTypes, facts: WeightsFacts | None) -> DeclaredTypes:
    """Declared types without what a calibration adds to codes of the weights that it has seen."""
    loaded = () if facts is None else facts.layers
    layers = {
        name: {part: replace(t, correction=()) if name in loaded else t for part, t in parts.items()}
        for name, parts in types.layers.items()
    }
    return replace(types, layers=layers)


def _differences(old: Graph, new: Graph) -> list[str]:
    """In what a network differs from that of a build, besides weights that are loaded; one sentence each."""
    names = [[graph.spelled(layer.name) for layer in graph.layers] for graph in (old, new)]
    if names[0] != names[1] or old.outputs != new.outputs:
        return [f"has the layers {', '.join(names[1])}, but the build has {', '.join(names[0])}; compile it as a build"]
    found = []
    for before, after in zip(old.layers, new.layers, strict=True):
        parts = _different_parts(before, after)
        if parts:
            layer, what = old.spelled(before.name), ", ".join(parts)
            problem = f"differs from the build in {what}, which cannot be loaded"
            found.append(
                f"{layer} ({before.kind}) {problem}; add the layer to weights: layers, or compile it as a build"
            )
    return found


def _different_parts(before: Layer, after: Layer) -> list[str]:
    """Attributes in which two layers differ, besides codes that are loaded."""
    if type(before) is not type(after):
        return ["type"]
    names = [field.name for field in fields(before)]
    return [name for name in names if not _alike(getattr(before, name), getattr(after, name))]


def _alike(before: object, after: object) -> bool:
    """Whether two attributes are equal, or are loaded and of one format."""
    if isinstance(before, ReloadableTensor) and isinstance(after, ReloadableTensor):
        ends = (before.low, before.high, before.fraction_bits, before.codes.shape)
        return ends == (after.low, after.high, after.fraction_bits, after.codes.shape)
    return _text(before) == _text(after)


def _text(value: object) -> str:
    """An attribute in full: what contains arrays cannot be compared."""
    with np.printoptions(threshold=1 << 62):
        return repr(value)


def _changed(old: Graph, new: Graph) -> int:
    """Weights and biases that differ."""
    pairs = zip(old.layers, new.layers, strict=True)
    count = 0
    for before, after in pairs:
        for part, constant in before.constants().items():
            if isinstance(constant, ReloadableTensor):
                other = after.constants()[part]
                assert isinstance(other, ReloadableTensor)
                count += int((constant.codes != other.codes).sum())
    return count
