"""From what the front end has read to one network of integers, ready for scheduling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from bxnn.compiler.config.conflicts import check_sets
from bxnn.compiler.config.design_config import SUBJECT, DesignConfig
from bxnn.compiler.ensemble import ensemble_of, member_layers, member_suffixes, renamed_choices
from bxnn.compiler.errors import ConfigError, InputError, ModelError, raise_all
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import Parameter
from bxnn.compiler.member_turns import core_suffixes, on_cores
from bxnn.compiler.numeric.declared_types import NO_TYPES, DeclaredTypes
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.passes import DECISIONS, OF_ALL_MEMBERS, OF_ALL_SETS, OF_EACH_MODEL, PIPELINE, PassOptions, run
from bxnn.compiler.passes.options import pass_options
from bxnn.compiler.plural import counted
from bxnn.compiler.weight_sets import alone as set_alone
from bxnn.compiler.weight_sets import check_quantizers, with_chooser, with_sets


def lower(
    graph: Graph, config: DesignConfig, dump_folder: Path | None = None, types: DeclaredTypes | None = None
) -> Graph:
    """What the front end has read of one model, after all passes.

    Args:
        graph: Before the pipeline.
        config: The user's configuration.
        dump_folder: As for ``run``.
        types: Declared types, if not those of the configuration.

    Raises:
        InputError: If a pass refuses the network, or the configuration is for several models.
    """
    _check_count(config, 1)
    declared = config.declared_types() if types is None else types
    reloadable = () if config.weights is None else config.weights.names
    options = pass_options(graph, declared, config.outputs, reloadable)
    return run(graph, PIPELINE, options, dump_folder)


def lower_all(
    graphs: Sequence[Graph], files: Sequence[str], config: DesignConfig, dump_folder: Path | None = None
) -> tuple[Graph, DesignConfig]:
    """One network of one or several models, and the configuration with its choices for the layers of this network.

    Args:
        graphs: Before the pipeline, in the order of ``files``.
        files: What error messages call them.
        config: The user's configuration.
        dump_folder: As for ``run``; of several models, each has its own folder.

    Raises:
        InputError: If a pass refuses a network, or there are more or fewer models than the configuration is for.
    """
    _check_count(config, len(graphs))
    if len(graphs) == 1:
        return lower(graphs[0], config, dump_folder), config
    raise_all(
        [
            problem
            for graph, file in zip(graphs, files, strict=True)
            if (problem := _other(graph, file, graphs[0], files[0]))
        ]
    )
    if config.ensemble is None:
        return _lower_sets(graphs, files, config, dump_folder), config
    if config.turns > 1:
        return _lower_turns(graphs, files, config, dump_folder)
    alone = config.model_copy(update={"ensemble": None, "outputs": {}})
    suffixes = member_suffixes(graphs)
    members = []
    for graph, suffix in zip(graphs, suffixes, strict=True):
        folder = None if dump_folder is None else dump_folder / suffix.strip("_")
        if folder is not None:
            folder.mkdir()
        members.append(lower(graph, alone, folder))
    found = ensemble_of(members, files)
    decided = run(found, OF_ALL_MEMBERS, pass_options(found, NO_TYPES, config.outputs), dump_folder)
    return decided, member_layers(config, members)


def _lower_sets(graphs: Sequence[Graph], files: Sequence[str], config: DesignConfig, dump_folder: Path | None) -> Graph:
    """One network with the weights of every model, of which the tag of an event chooses those of its channel."""
    check_sets(config)
    joined, options = _joined(graphs, files, config)
    return run(with_chooser(joined, config.core_tag_bits), OF_ALL_SETS, options, dump_folder)


def _lower_turns(
    graphs: Sequence[Graph], files: Sequence[str], config: DesignConfig, dump_folder: Path | None
) -> tuple[Graph, DesignConfig]:
    """An ensemble whose members take turns: with these side by side, and the network as it is built."""
    joined, options = _joined(graphs, files, config.model_copy(update={"outputs": {}}))
    core = run(joined, OF_ALL_SETS, options, dump_folder)
    both = (
        ensemble_of([set_alone(core, number) for number in range(config.members)], files),
        on_cores(core, config.members // config.turns, config.core_interval // config.turns),
    )
    found, built = (
        run(graph, passes, pass_options(graph, NO_TYPES, config.outputs))
        for graph, passes in zip(both, (DECISIONS, OF_ALL_MEMBERS), strict=True)
    )
    suffixes = core_suffixes(core, config.members // config.turns)
    return replace(found, core=replace(built, notices=found.notices)), renamed_choices(config, core, suffixes)


def _joined(graphs: Sequence[Graph], files: Sequence[str], config: DesignConfig) -> tuple[Graph, PassOptions]:
    """One network with the weights of every model, as far as each is lowered by itself."""
    check_quantizers(graphs, files)
    types = config.declared_types()
    options = [pass_options(graph, types, config.outputs) for graph in graphs]
    each = [run(graph, OF_EACH_MODEL, own) for graph, own in zip(graphs, options, strict=True)]
    shared = "name one model, whose weights all channels share"
    alone = f"name one model without ensemble, or {config.members} that differ"
    return with_sets(each, files, shared if config.ensemble is None else alone), options[0]


def _check_count(config: DesignConfig, models: int) -> None:
    """Refuse more or fewer models than the configuration is for."""
    wanted = config.members
    if models == wanted or (config.ensemble is None and models == config.channels):
        return
    if config.ensemble is None and config.channels > 1:
        problem = f"is {config.channels}, but there are {models} models"
        way = f"name one, whose weights all channels share, or {config.channels}, one for each channel"
        raise ConfigError(f"{SUBJECT}: channels", f"{problem}; {way}")
    if config.ensemble is None:
        way = f"name one, or write ensemble: {{members: {models}}}, or channels: {models}"
        raise ConfigError(SUBJECT, f"is for one model, but there are {models}; {way}")
    way = f"name {counted(wanted, 'model file')} of the same layers in bxnn compile, or remove it"
    problem = f"needs {counted(wanted, 'model')}, but there {'is' if models == 1 else 'are'} {models}"
    raise ConfigError(f"{SUBJECT}: ensemble", f"{problem}; {way}")


def _other(graph: Graph, file: str, first: Graph, first_file: str) -> InputError | None:
    """Why a model is not the first one with other weights."""
    names = [[one.spelled(layer.name) for layer in one.layers] for one in (first, graph)]
    if names[0] != names[1] or graph.outputs != first.outputs:
        problem = f"has the layers {', '.join(names[1])}, but {first_file} has {', '.join(names[0])}"
        return ModelError(file, f"{problem}; name models of the same layers")
    shapes = first.shapes(), graph.shapes()
    for ours, theirs in zip(graph.layers, first.layers, strict=True):
        different = _different_parts(theirs, ours)
        if shapes[0][ours.name] != shapes[1][ours.name]:
            different.append("shape")
        if different:
            layer = f"{graph.spelled(ours.name)} ({ours.kind})"
            problem = f"{layer} differs from {first_file} in {', '.join(different)}"
            return ModelError(file, f"{problem}; name models that differ in weights alone")
    return None


def _different_parts(before: Layer, after: Layer) -> list[str]:
    """Attributes in which two layers differ, besides the numbers that were trained."""
    if type(before) is not type(after):
        return ["type"]
    names = [field.name for field in fields(before)]
    return [name for name in names if not _alike(getattr(before, name), getattr(after, name))]


def _alike(before: object, after: object) -> bool:
    """Whether two attributes are equal, or hold trained numbers of one shape."""
    trained = (Parameter, FixedTensor)
    if isinstance(before, trained) and isinstance(after, trained):
        return before.values.shape == after.values.shape
    with np.printoptions(threshold=1 << 62):
        return repr(before) == repr(after)
