"""`weights:` in design.yaml and `bxnn weights`: what is written, and what is refused, whole lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler import driver
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.cli import command_line as cli
from bxnn.compiler.config.design_config import parse_config
from bxnn.compiler.numeric.reloadable_tensor import ReloadableTensor
from bxnn.compiler.report import load_report
from bxnn.sim.reference import Reference
from tests.frontend import handmade as hand

DESIGN = 'initiation_interval: 4\nstrategy: dsp\ninputs: {x: "fixed<6,2,RND_CONV,SAT>"}\n'
LOADED = DESIGN + "weights: {layers: all, bus: axi-lite}\n"
TERNARY = hand.quantizer("ternary", alpha=1)


def model(folder: Path, seed: int, units: int = 3, bits: int = 5, **of_fc1: Any) -> tuple[Path, Path]:
    """x(4) - fc1 - relu - fc2: a QKeras model, of which only the weights depend on the seed."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    relu = {"class_name": "QActivation", "config": {"name": "relu", "activation": f"quantized_relu({bits})"}}
    layers = [hand.input_layer("x", 4), hand.dense("fc1", 5, **of_fc1), relu, hand.dense("fc2", units)]
    shapes = {"fc1__kernel": (4, 5), "fc1__bias": (5,), "fc2__kernel": (5, units), "fc2__bias": (units,)}
    arrays = {name: rng.integers(-8, 8, shape) / 8 for name, shape in shapes.items()}
    reads = {"fc1": ["x"], "relu": ["fc1"], "fc2": ["relu"]}
    return hand.write(folder, hand.functional(layers, reads, ["fc2"]), hand.weights(**arrays))


def compiled(folder: Path, design: str = LOADED, seed: int = 1) -> Path:
    path = folder / "design.yaml"
    path.write_text(design, encoding="utf-8")
    driver.compile_model(*model(folder / "old", seed), path, folder / "net")
    return folder / "net"


def test_the_words_of_a_model_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build, output = compiled(tmp_path), tmp_path / "weights.hex"
    new, stored = model(tmp_path / "new", 2)
    assert cli.run(["weights", str(build), str(new), "--weights", str(stored), "-o", str(output), "--json"]) == 0
    report = load_report(build / "report.json")
    facts = report.weights
    assert facts is not None and facts.fixed is not None
    answer = json.loads(capsys.readouterr().out)
    assert answer == {
        "build": "m",
        "layers": ["fc1", "fc2"],
        "words": facts.words,
        "changed": answer["changed"],
        "layout": facts.layout,
        "output": str(output),
    }
    header, first, *words, last = output.read_text().splitlines()
    assert header == f"// layout {facts.layout}, {facts.words} words: address and data of every register write"
    assert (first, last) == ("00000000 00000001", "00000000 00000002")
    assert len(words) == facts.words and all(word.startswith("00000004 ") for word in words)
    assert 0 < answer["changed"] <= 20 + 5 + 15 + 3
    assert facts.fixed.dsp <= report.dsp and facts.fixed.latency_cycles <= report.latency_cycles


def test_the_model_of_the_build_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = compiled(tmp_path)
    old, stored = tmp_path / "old" / "m.json", tmp_path / "old" / "w.h5"
    assert cli.run(["weights", str(build), str(old), "--weights", str(stored), "-o", str(tmp_path / "w.hex")]) == 0
    words = load_report(build / "report.json").weights
    assert words is not None
    line = f"{tmp_path / 'w.hex'}: {words.words} words for m, 0 weights of fc1, fc2 changed\n"
    assert capsys.readouterr().out == line


def test_the_reference_of_a_build_has_its_own_weights(tmp_path: Path) -> None:
    """Marking weights as loadable changes no value."""
    loaded = Build.open(compiled(tmp_path)).graph
    (tmp_path / "fixed").mkdir()
    fixed = Build.open(compiled(tmp_path / "fixed", DESIGN)).graph
    assert isinstance(loaded.layer("fc1").constants()["kernel"], ReloadableTensor)
    events = {"x": np.random.default_rng(3).normal(size=(200, 4))}
    predicted = [Reference(graph).predict(events)["fc2"] for graph in (loaded, fixed)]
    assert np.array_equal(predicted[0], predicted[1])


@pytest.mark.parametrize(
    ("design", "more", "message"),
    [
        ("weights: {layers: [fc3]}", {}, "design.yaml: weights: layers: fc3: is not a layer; did you mean 'fc2'?"),
        (
            "weights: {layers: [relu]}",
            {},
            "design.yaml: weights: layers: relu: relu (activation) has no weights that can be loaded; remove it",
        ),
        (
            "weights: {layers: [fc1]}",
            {"kernel_quantizer": TERNARY},
            "design.yaml: weights: layers: fc1: the format of its kernel depends on the trained values (quantizer: "
            'ternary(alpha=1)); declare one, layers: {fc1: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or remove it',
        ),
        (
            "weights: {layers: all}",
            {"kernel_quantizer": TERNARY},
            "design.yaml: weights: layers: fc1: the format of its kernel depends on the trained values (quantizer: "
            'ternary(alpha=1)); declare one, layers: {fc1: {kernel: "fixed<W,I,RND_CONV,SAT>"}}, or name the other '
            "layers",
        ),
        (
            "weights: {layers: [fc2]}\nlayers: {fc2: {strategy: lut}}",
            {},
            "fc2 (dense): its weights are loaded at run time, but an adder graph depends on their values; use strategy "
            "dsp, or take the layer out of weights",
        ),
        (
            "weights: {layers: []}",
            {},
            "design.yaml: weights: layers: is not all, or a list of names of layers, such as [fc1, fc2]",
        ),
        (
            "weights: {layers: fc1}",
            {},
            "design.yaml: weights: layers: is not all, or a list of names of layers, such as [fc1, fc2]",
        ),
        (
            "weights: {bus: axilite}",
            {},
            "design.yaml: weights: bus: 'axilite' is not port, axi-lite or ipbus; did you mean 'axi-lite'?",
        ),
    ],
)
def test_refused(
    design: str, more: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "design.yaml"
    path.write_text(DESIGN + design, encoding="utf-8")
    description, stored = model(tmp_path / "old", 1, **more)
    arguments = ["compile", str(description), "--weights", str(stored), "-c", str(path), "-o", str(tmp_path / "net")]
    assert cli.run(arguments) == 2
    assert capsys.readouterr().err.removesuffix("\n") == message
    assert not (tmp_path / "net").exists()


def test_a_model_that_differs_in_more_than_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = compiled(tmp_path, DESIGN + "weights: {layers: [fc1]}")
    output = tmp_path / "w.hex"
    advice = "which cannot be loaded; add the layer to weights: layers, or compile it as a build"
    for name, found, problem in (
        ("new", model(tmp_path / "new", 2), f"fc2 (dense) differs from the build in kernel, bias, {advice}"),
        (
            "bits",
            model(tmp_path / "bits", 1, bits=4),
            f"relu (activation) differs from the build in function, {advice}",
        ),
    ):
        assert cli.run(["weights", str(build), str(found[0]), "--weights", str(found[1]), "-o", str(output)]) == 2, name
        assert capsys.readouterr().err == f"m.json: {problem}\n"
    assert not output.exists()


def test_a_build_without_loaded_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = compiled(tmp_path, DESIGN)
    assert cli.run(["weights", str(build), str(tmp_path / "old" / "m.json"), "-o", str(tmp_path / "w.hex")]) == 2
    way = "compile it with weights: {layers: all} in design.yaml"
    assert capsys.readouterr().err == f"{build}: has no weights that are loaded at run time; {way}\n"
    loaded = compiled_again(tmp_path)
    inside = loaded / "w.hex"
    assert cli.run(["weights", str(loaded), str(tmp_path / "old" / "m.json"), "-o", str(inside)]) == 2
    assert capsys.readouterr().err == f"{inside}: is inside the build; name a file outside it with --output\n"


def compiled_again(folder: Path) -> Path:
    (folder / "again").mkdir()
    return compiled(folder / "again")


def test_an_image_that_streams_is_refused() -> None:
    from bxnn.boards.board import load_board
    from bxnn.compiler.errors import ConfigError
    from bxnn.compiler.schedule.scheduling import schedule_graph
    from tests.streams.networks import Chain

    graph = Chain((4, 5, 1)).conv(2, (2, 2)).relu().graph()
    config = parse_config("initiation_interval: 24\nform: streaming\nweights: {layers: all}")
    with pytest.raises(ConfigError) as caught:
        schedule_graph(graph, config, load_board("xcvu9p"))
    problem = "is for networks that take an event at once, but this one streams an image: remove it"
    assert str(caught.value) == f"design.yaml: weights: {problem}, or write form: frame_parallel"
