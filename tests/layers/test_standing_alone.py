"""A layer that no neighbour absorbs becomes one with hardware that computes the same."""

import numpy as np
import pytest

from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.layer import Example
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.batchnorm import BatchNorm
from bxnn.layers.softmax import SoftmaxLayer

EXAMPLES = [
    pytest.param(example, id=f"{kind}-{number}")
    for kind, cls in layer_types().items()
    if not issubclass(cls, SoftmaxLayer)  # has no codes
    for number, example in enumerate(cls.examples())
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_layer_standing_alone_is_the_same_function(example: Example) -> None:
    check_standing_alone(example)


@pytest.mark.parametrize("shape", [(5,), (4, 2), (3, 2, 3), (1, 1, 1)])
def test_batch_normalizations_stand_alone(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(shape))
    factor, shift = (FixedTensor(rng.integers(-9, 9, shape[-1]), bits) for bits in (2, 6))
    example = Example(BatchNorm("y", ("x",), factor, shift), (Tensor.of_format(shape, FixedFormat(True, 2, 3)),))
    assert check_standing_alone(example)


def check_standing_alone(example: Example) -> bool:
    """Whether the layer has such a form, which is then emitted and has the same shape, range and codes."""
    before = example.layer.infer(example.sources)
    layer = example.layer.standing_alone(before.shape)
    if layer is None:
        return False
    after = layer.infer(example.sources)
    assert isinstance(layer, HardwareLayer) and not isinstance(example.layer, HardwareLayer)
    assert (layer.name, layer.inputs) == (example.layer.name, example.layer.inputs)
    assert (after.format, after.low.tolist(), after.high.tolist()) == (
        before.format,
        before.low.tolist(),
        before.high.tolist(),
    )
    (source,) = example.sources
    drawn = np.random.default_rng(3).integers(source.low, source.high, (200, *source.shape), endpoint=True)
    values = [np.stack([source.low, source.high, *drawn])]
    assert np.array_equal(layer.evaluate(values, example.sources), example.layer.evaluate(values, example.sources))
    return True
