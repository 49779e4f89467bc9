"""The registry of layer types: which class reads which layer of a framework."""

from collections.abc import Callable

import pytest

from bxnn.compiler.errors import InternalError
from bxnn.compiler.ir import registry
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.registry import hls4ml_layer_types, keras_layer_types, layer_types
from bxnn.layers.argmax import Argmax

KERAS = sorted(keras_layer_types())
HLS4ML = sorted(hls4ml_layer_types())


class SecondReader(Argmax):
    """Claims a class of a framework."""

    kind = "second_reader"


@pytest.mark.parametrize(
    ("framework", "attribute", "types", "name"),
    [
        *(pytest.param("Keras", "keras_classes", keras_layer_types, name, id=f"keras-{name}") for name in KERAS),
        *(pytest.param("hls4ml", "hls4ml_classes", hls4ml_layer_types, name, id=f"hls4ml-{name}") for name in HLS4ML),
    ],
)
def test_a_class_has_one_reader(
    framework: str,
    attribute: str,
    types: Callable[[], dict[str, type[Layer]]],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second layer type that claims a class of a framework is refused, neither preferred nor ignored."""
    reader = types()[name]
    monkeypatch.setattr(SecondReader, attribute, (name,), raising=False)
    monkeypatch.setattr(registry, "layer_types", lambda: {**layer_types(), SecondReader.kind: SecondReader})
    with pytest.raises(InternalError) as caught:
        types.__wrapped__()  # type: ignore[attr-defined]  # not what is cached
    assert str(caught.value) == (
        f"layer type second_reader: reads the {framework} class {name}, which layer type {reader.kind} already reads; "
        "remove it from one of them"
    )


@pytest.mark.parametrize("cls", layer_types().values(), ids=lambda cls: str(cls.kind))
def test_a_class_that_is_claimed_is_read(cls: type[Layer]) -> None:
    """A type that claims classes of a framework has its own reader, in its own file."""
    for reader, claimed in (("from_keras", cls.keras_classes), ("from_hls4ml", cls.hls4ml_classes)):
        assert not claimed or reader in vars(cls)
