"""PyTorch models through hls4ml's reader: the bits of hls4ml's own C simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bxnn.compiler.errors import ConfigError, InputError
from bxnn.compiler.report import load_report

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
    """Channels first, with a skip connection and two layers in a separate block."""
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
    """With statistics in its normalizations, as after training."""
    from torch import nn

    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.5, 2)
    return model.eval()


def sequence() -> Any:
    """A strided convolution of a sequence, an average; constants next to layers, as named by hls4ml."""
    from torch import Tensor, manual_seed, nn

    class Network(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Conv1d(2, 4, 3, stride=2, padding=1), nn.ReLU(), nn.AvgPool1d(2))
            self.head = nn.Sequential(nn.Flatten(), nn.Linear(16, 6))
            self.last = nn.Linear(6, 3)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.last(self.head(self.body(x))) * 0.75 + 1.5
            return found

    manual_seed(3)
    return settled(Network())


def averages() -> Any:
    """Zeros around the image, which PyTorch counts unless it is told not to."""
    from torch import manual_seed, nn

    manual_seed(3)
    pools = nn.AvgPool2d(3, stride=2, padding=1), nn.AvgPool2d(2, 1, 1, count_include_pad=False)
    return nn.Sequential(*pools, nn.Flatten(), nn.Linear(40, 3)).eval()


def beside() -> Any:
    """A convolution next to its own input."""
    import torch

    class Network(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(2, 3, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([x, self.conv(x)], dim=1)

    return Network().eval()


NETWORKS = {
    "perceptron": ((16,), perceptron),
    "convolutional": ((2, 8, 8), convolutional),
    "sequence": ((2, 16), sequence),
    "averages": ((2, 7, 6), averages),
}


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
    """Names of blocks, and of the dropout that hls4ml leaves out, are accepted."""
    known = {"block_1": {"ReuseFactor": 1}, "block_0": {"ReuseFactor": 1}}
    model = convert(convolutional(), (2, 8, 8), tmp_path / "a", "bxnn", blok_0={"ReuseFactor": 1}, **known)
    with pytest.raises(ConfigError) as caught:
        model.compile()
    assert str(caught.value) == "HLSConfig: LayerName: blok_0: is not a layer of the model; did you mean 'block_0'?"
    convert(perceptron(), (16,), tmp_path / "b", "bxnn", _4={"ReuseFactor": 1}).compile()


def message(model: Any, shape: tuple[int, ...], folder: Path, **options: Any) -> str:
    converted = convert(model, shape, folder / "build", "bxnn", **options)
    with pytest.raises(InputError) as caught:
        converted.compile()
    return str(caught.value)


def test_what_is_not_supported_is_named(tmp_path: Path) -> None:
    from torch import nn

    found = message(nn.Sequential(nn.LayerNorm(4)), (2, 4), tmp_path)
    assert found.startswith("_0 (LayerNormalization): layer type is not supported; supported: Activation, ")


def test_what_hls4ml_misreads(tmp_path: Path) -> None:
    """It omits dilations, of one size or of two, and transposes an input for one of its two readers."""
    from torch import nn

    expected = "_0 (Conv2D): dilation 2 is not supported; use 1"
    assert message(nn.Sequential(nn.Conv2d(2, 3, 3, dilation=2)), (2, 8, 8), tmp_path) == expected
    expected = "_0 (Conv2D): gives (6, 6, 3) from (8, 8, 2), but hls4ml gives it (6, 4, 3)"
    assert message(nn.Sequential(nn.Conv2d(2, 3, 3, dilation=(1, 2))), (2, 8, 8), tmp_path) == expected
    expected = "cat (Concatenate): inputs of shapes (2, 6, 6) and (6, 6, 3) cannot be concatenated on axis 2"
    assert message(beside(), (2, 6, 6), tmp_path) == expected


def test_streams_take_channels_last(tmp_path: Path) -> None:
    from hls4ml.converters import convert_from_pytorch_model
    from hls4ml.utils import config_from_pytorch_model

    shape, make = NETWORKS["sequence"]
    found = []
    for conversion in ("full", "internal"):
        config = config_from_pytorch_model(make(), shape, "name", "bxnn", channels_last_conversion=conversion)
        options = {"output_dir": str(tmp_path / conversion), "backend": "bxnn", "io_type": "io_stream"}
        found.append(convert_from_pytorch_model(make(), hls_config=config, **options))
    with pytest.raises(ConfigError) as caught:
        found[0].compile()
    assert str(caught.value) == (
        "IOType: 'io_stream' takes channels last, and transpose_input_for_x transposes the input to that; "
        "use channels_last_conversion='internal', and send channels last"
    )
    found[1].compile()
    report = load_report(tmp_path / "internal/report.json")
    assert report.stream is not None and (report.initiation_interval, report.stream.pixels_per_cycle) == (16, 1)
