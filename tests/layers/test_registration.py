"""A layer class that lacks a part of the contract cannot be registered."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bxnn import layers
from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir import registry
from bxnn.compiler.ir.registry import layer_types

HEAD = """
from typing import ClassVar

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.layer import Layer


class Made({base}):
    {kind}
"""
METHODS = "\n    def {0}(self, *arguments): return None\n"
REQUIRED = ("examples", "output_shape", "infer", "evaluate")
HARDWARE = (*REQUIRED, "stage")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the search path of layer types, with complete templates for the type ``made``."""
    monkeypatch.setattr(layers, "__path__", [str(tmp_path)])
    monkeypatch.setattr(registry, "TEMPLATES", tmp_path / "templates")
    for language, name in (("vhdl", "made.vhd.j2"), ("hls", "made.h.j2")):
        (tmp_path / "templates" / language / "layers").mkdir(parents=True)
        (tmp_path / "templates" / language / "layers" / name).touch()
    layer_types.cache_clear()
    yield tmp_path
    for name in ("made", "twin"):
        sys.modules.pop(f"bxnn.layers.{name}", None)
        vars(layers).pop(name, None)
    layer_types.cache_clear()


def write(folder: Path, base: str, methods: tuple[str, ...], kind: str = 'kind: ClassVar[str] = "made"') -> None:
    (folder / "made.py").write_text(HEAD.format(base=base, kind=kind) + "".join(map(METHODS.format, methods)))


def refusal() -> str:
    with pytest.raises(InternalError) as caught:
        layer_types()
    return str(caught.value)


def test_a_complete_class_is_registered(folder: Path) -> None:
    write(folder, "HardwareLayer", HARDWARE)
    assert list(layer_types()) == ["input", "made"]


@pytest.mark.parametrize("missing", HARDWARE)
def test_a_hardware_layer_that_forgets_a_part_is_refused(folder: Path, missing: str) -> None:
    write(folder, "HardwareLayer", tuple(name for name in HARDWARE if name != missing))
    assert refusal() == f"layer type made: does not define {missing}"


@pytest.mark.parametrize("missing", REQUIRED)
def test_another_layer_that_forgets_a_part_is_refused(folder: Path, missing: str) -> None:
    write(folder, "Layer", (*(name for name in REQUIRED if name != missing), "left_over_in"))
    assert refusal() == f"layer type made: does not define {missing}"


@pytest.mark.parametrize(("language", "name"), [("vhdl", "made.vhd.j2"), ("hls", "made.h.j2")])
def test_a_hardware_layer_without_a_template_is_refused(folder: Path, language: str, name: str) -> None:
    write(folder, "HardwareLayer", HARDWARE)
    (folder / "templates" / language / "layers" / name).unlink()
    assert refusal() == f"layer type made: has no template {name} in hls_templates/{language}/layers"


def test_a_layer_without_hardware_says_why_it_is_in_the_way(folder: Path) -> None:
    write(folder, "Layer", REQUIRED)
    assert refusal() == "layer type made: has no hardware and does not define left_over or left_over_in"


@pytest.mark.parametrize("kind", ["pass", 'kind: ClassVar[str] = "other"'])
def test_a_layer_bears_the_name_of_its_file(folder: Path, kind: str) -> None:
    write(folder, "HardwareLayer", HARDWARE, kind)
    assert refusal() == "layer type made: class Made does not declare its kind; write kind = 'made'"


def test_two_classes_of_one_kind_are_refused(folder: Path) -> None:
    write(folder, "HardwareLayer", HARDWARE)
    text = (folder / "made.py").read_text()
    (folder / "made.py").write_text(text + text.replace("class Made", "class Twin"))
    assert refusal() == "layer type made: has two classes; keep one per file"
