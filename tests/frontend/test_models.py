"""Files saved by real Keras flavours load as equal graphs, with the weights that the framework uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ConfigError, ModelError
from bxnn.compiler.frontend import load_model
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference

GOLDEN = Path(__file__).with_name("golden")
Paths = tuple[str, str | None]


def files(stem: str, *weights: str) -> list[Paths]:
    return [(f"{stem}.h5", None), (f"{stem}.keras", None), *((f"{stem}.json", name) for name in weights)]


def load(folder: Path, paths: Paths) -> Graph:
    return load_model(folder / paths[0], None if paths[1] is None else folder / paths[1])


def described(graph: Graph) -> list[Any]:
    """Everything that must be equal in two graphs of the same model."""
    layers = [
        (
            layer.kind,
            layer.name,
            layer.inputs,
            getattr(layer, "function", None),
            getattr(layer, "shape", None),
        )
        for layer in graph.layers
    ]
    return [graph.name, layers, graph.outputs, graph.inputs, dict(graph.renames)]


def check_weights(graph: Graph, expected: Path) -> None:
    """Every kernel and bias equals what the framework computed from the file."""
    original = {new: graph.renames.get(new, new) for new in (layer.name for layer in graph.layers)}
    found = {}
    for layer in graph.layers:
        if layer.kind == "dense":
            exact: Any = layer.quantized()
            found[f"{original[layer.name]}|kernel"] = exact.kernel.values
            if exact.bias is not None:
                found[f"{original[layer.name]}|bias"] = exact.bias.values
    with np.load(expected) as stored:
        assert sorted(found) == sorted(stored.files)
        for key, ours in found.items():
            theirs = stored[key].astype(np.float64)
            assert np.abs(ours - theirs).max() <= np.abs(ours).max() * 2.0**-21, key  # x + (q - x) in float32


@pytest.mark.parametrize("paths", files("fork", "fork_weights.h5", "fork.weights.h5"), ids=str)
def test_qkeras_functional(tfkeras: Path, paths: Paths) -> None:
    graph = load(tfkeras, paths)
    check_weights(graph, tfkeras / "expected_fork.npz")
    assert described(graph) == described(load(tfkeras, ("fork.h5", None)))
    assert graph.name == "fork_net"  # fork is a Verilog keyword
    assert graph.outputs == ("two_activation", "Fc1_2_activation")
    assert graph.renames == {
        "in_data_layer": "in_data",
        "entity_layer": "entity",
        "bn": "bn__",
        "Fc1_2": "Fc1",
    }


def test_a_kernel_quantizer_without_alpha_means_what_qkeras_makes_of_it(tfkeras: Path) -> None:
    graph = load(tfkeras, ("no_alpha.json", "fork_weights.h5"))
    check_weights(graph, tfkeras / "expected_no_alpha.npz")
    with pytest.raises(AssertionError, match="kernel"):
        check_weights(graph, tfkeras / "expected_fork.npz")


@pytest.mark.parametrize("paths", files("chain", "chain_weights.h5", "chain.weights.h5"), ids=str)
def test_qkeras_sequential(tfkeras: Path, paths: Paths) -> None:
    graph = load(tfkeras, paths)
    check_weights(graph, tfkeras / "expected_chain.npz")
    assert described(graph) == described(load(tfkeras, ("chain.h5", None)))
    assert graph.renames == {"layer_9lives_a": "9lives/a", "clk_layer": "clk"}
    assert [layer.kind for layer in graph.layers] == [
        *(
            "input",
            "activation",
            "dense",
            "identity",
            "activation",
            "identity",
            "reshape",
            "dense",
            "identity",
        ),
    ]


@pytest.mark.parametrize("paths", files("pair", "pair.weights.h5"), ids=str)
def test_keras3_functional(keras3: Path, paths: Paths) -> None:
    graph = load(keras3, paths)
    check_weights(graph, keras3 / "expected_pair.npz")
    assert graph.inputs == ("b", "a")
    assert graph.outputs == ("late_activation", "sm")
    assert described(graph) == described(load(keras3, ("pair.h5", None)))


def test_keras3_named_inputs_and_outputs(keras3: Path) -> None:
    graph = load(keras3, ("named.keras", None))
    check_weights(graph, keras3 / "expected_named.npz")
    assert (graph.inputs, graph.outputs) == (("a", "b"), ("late_activation", "norm"))


@pytest.mark.parametrize("paths", files("sequence", "sequence.weights.h5"), ids=str)
def test_keras3_sequential_without_input(keras3: Path, paths: Paths) -> None:
    graph = load(keras3, paths)
    check_weights(graph, keras3 / "expected_sequence.npz")
    assert graph.renames == {"x_y": "x y"}


@pytest.mark.parametrize("paths", files("nested", "nested.weights.h5"), ids=str)
@pytest.mark.parametrize("flavour", ["tfkeras", "keras3"])
def test_nested_models_and_shared_layers(flavour: str, paths: Paths, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(flavour)
    graph = load(folder, paths)
    assert [name for name in graph.renames.values() if "/" in name or "#" in name] == [
        *("shared#2", "encoder/d1", "encoder/d2", "deep/middle/d1"),
    ]
    declared = FixedQuantizer(FixedFormat(True, 1, 2), Rounding.RND_CONV, Overflow.SAT)
    reference = Reference(run(graph, PIPELINE, PassOptions(inputs={"x": declared})))
    with np.load(folder / "nested.npz") as stored:
        (found,) = reference.predict({"x": stored["x"]}).values()
        assert np.array_equal(found, stored["y"])


@pytest.mark.parametrize("flavour", ["tfkeras", "keras3"])
@pytest.mark.parametrize("file", ["operations.keras", "operations.h5"])
def test_operations_on_tensors(flavour: str, file: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(flavour)
    declared = FixedQuantizer(FixedFormat(True, 1, 2), Rounding.RND_CONV, Overflow.SAT)
    graph = run(load_model(folder / file), PIPELINE, PassOptions(inputs={"x": declared, "y": declared}))
    with np.load(folder / "operations.npz") as stored:
        found = list(Reference(graph).predict({"x": stored["x"], "y": stored["y"]}).values())
        wanted = [stored[name] for name in sorted(stored.files) if name.startswith("output")]
        assert len(found) == len(wanted)
        for ours, theirs, name in zip(found, wanted, graph.outputs, strict=True):
            assert np.array_equal(ours, theirs), name


@pytest.mark.parametrize("name", ["qkeras_v3.keras", "qkeras_v3.h5"])
def test_qkeras_v3(name: str) -> None:
    """Saved by qkeras-v3 1.2.1, which cannot be installed next to QKeras; values from its own quantizers."""
    graph = load_model(GOLDEN / name)
    first, second = (layer.quantized() for layer in graph.layers if layer.kind == "dense")
    assert first.kernel.values.tolist() == [  # type: ignore[attr-defined]
        [-0.75, 0.375, 0.75],
        [1.25, 0.875, -0.5],
        [0.75, -0.875, 1.5],
        [0.5, 0.25, -0.5],
    ]
    assert second.kernel.values.tolist() == [[-0.625, 0.75], [0.25, 0.875], [-0.875, -0.25]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "lambda.keras",
            "double (Lambda): executes code from the model file; replace it with a layer that bxnn supports",
        ),
        ("half.keras", "half (Dense): dtype 'mixed_float16' is not supported; use 'float32'"),
    ],
)
def test_refused_models(keras3: Path, name: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(keras3 / name)
    assert str(caught.value) == message


def test_the_graph_takes_a_legal_name_only(keras3: Path) -> None:
    assert load_model(keras3 / "pair.h5", name="trigger").name == "trigger"
    with pytest.raises(ConfigError) as caught:
        load_model(keras3 / "pair.h5", name="my-net")
    assert str(caught.value) == "name 'my-net': is not a legal identifier in VHDL, Verilog and C++, or is reserved"


def test_loading_imports_no_framework(keras3: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bxnn.compiler.frontend import load_model;"
        f"load_model(Path({str(keras3 / 'pair.keras')!r}));"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras', 'tf_keras', 'h5py')))"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=root).returncode == 0
