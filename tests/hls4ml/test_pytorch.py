"""PyTorch models through hls4ml's reader: the bits of hls4ml's own C simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compiler.errors import ConfigError, ModelError

pytestmark = pytest.mark.pytorch


def perceptron() -> Any:
    from torch import manual_seed, nn

    manual_seed(1)
    model = nn.Sequential(
        nn.Linear(16, 20),
        nn.ReLU(),
        nn.BatchNorm1d(20),
        nn.Linear(20, 12),
        nn.Dropout(0.1),
        nn.LeakyReLU(0.25),
        nn.Linear(12, 5),
    )
    return settled(model)


def convolutional() -> Any:
    """Channels first, with a skip connection and two layers in a block of their own."""
    from torch import Tensor, manual_seed, nn

    class Network(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.block = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4))
            self.act, self.pool = nn.ReLU(), nn.MaxPool2d(2)
            self.conv = nn.Conv2d(4, 4, 3, padding=1)
            self.flat, self.fc = nn.Flatten(), nn.Linear(36, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = self.pool(self.act(self.block(x)))
            found: Tensor = self.fc(self.flat((x + self.conv(x)).relu()))
            return found

    manual_seed(2)
    return settled(Network())


def settled(model: Any) -> Any:
    """With statistics in its normalizations, as training leaves them."""
    from torch import nn

    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.5, 2)
    return model.eval()


NETWORKS = {"perceptron": ((16,), perceptron), "convolutional": ((2, 8, 8), convolutional)}


def convert(model: Any, shape: tuple[int, ...], folder: Path, backend: str, **layers: Any) -> Any:
    from hls4ml.converters import convert_from_pytorch_model
    from hls4ml.utils import config_from_pytorch_model

    config = config_from_pytorch_model(
        model, shape, granularity="name", backend=backend, default_precision="fixed<16,6>"
    )
    config["LayerName"] |= layers
    return convert_from_pytorch_model(
        model, output_dir=str(folder), project_name="net", backend=backend, hls_config=config
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_bits(name: str, tmp_path: Path) -> None:
    import torch

    shape, make = NETWORKS[name]
    model = make()
    events = (np.random.default_rng(1).integers(-4000, 4000, (1000, *shape)) / 1024).astype(np.float32)
    ours, theirs = (convert(model, shape, tmp_path / backend, backend) for backend in ("bxnn", "Vivado"))
    ours.compile()
    theirs.compile()
    expected, found = theirs.predict(events), ours.predict(events)
    assert np.array_equal(found, expected) and len(np.unique(found)) > 1000
    assert np.abs(found - model(torch.tensor(events)).detach().numpy()).max() < 0.2, "channels in another order?"


def test_vhdl(tmp_path: Path) -> None:
    ours = convert(convolutional(), (2, 8, 8), tmp_path / "build", "bxnn")
    ours.compile()
    report = ours.build(events=5)
    assert report["simulation"]["passed"] is True and report["simulation"]["mismatches"] == 0


def test_a_misspelled_layer(tmp_path: Path) -> None:
    """Names of blocks, and of the dropout that hls4ml leaves out, are no mistake."""
    known = {"block_1": {"ReuseFactor": 1}, "block_0": {"ReuseFactor": 1}}
    model = convert(convolutional(), (2, 8, 8), tmp_path / "a", "bxnn", blok_0={"ReuseFactor": 1}, **known)
    with pytest.raises(ConfigError) as caught:
        model.compile()
    assert str(caught.value) == "HLSConfig: LayerName: blok_0: is no layer of the model; did you mean 'block_0'?"
    convert(perceptron(), (16,), tmp_path / "b", "bxnn", _4={"ReuseFactor": 1}).compile()


def test_what_is_not_supported_is_named(tmp_path: Path) -> None:
    from torch import nn

    model = convert(nn.Sequential(nn.Linear(4, 3), nn.Tanh()), (4,), tmp_path / "build", "bxnn")
    with pytest.raises(ModelError) as caught:
        model.compile()
    assert str(caught.value) == (
        "_1 (Activation): activation 'tanh' is not supported; use linear, relu, relu6, leaky_relu or softmax"
    )
