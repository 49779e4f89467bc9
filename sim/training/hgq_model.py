"""HGQ2 on Keras 3: dense layers with quantizers of fixed widths, in an environment that QKeras cannot share."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from bxnn.sim.training.framework import Framework


class HgqFramework(Framework):
    """Builds models from formats."""

    def model(self, description: Mapping[str, Any]) -> Any:
        """A model with initial weights.

        Args:
            description: ``name``, ``shape`` of an event and ``layers``: of each its ``name``, ``units``, ``activation``
                and the formats of ``input``, ``kernel`` and ``bias``: bits of the sign, other bits, those before the
                binary point.
        """
        layers = [self.keras.Input(tuple(description["shape"]), name="x")]
        if len(description["shape"]) > 1:
            layers.append(self.keras.layers.Flatten(name="flat"))
        layers += [_dense(own) for own in description["layers"]]
        return self.keras.Sequential(layers, name=description["name"])


def _dense(own: Mapping[str, Any]) -> Any:
    dense = importlib.import_module("hgq.layers").QDense
    places = {"iq_conf": ("input", "datalane"), "kq_conf": ("kernel", "weight"), "bq_conf": ("bias", "bias")}
    quantizers = {key: _quantizer(own[part], place) for key, (part, place) in places.items()}
    return dense(own["units"], name=own["name"], activation=own["activation"], enable_ebops=False, **quantizers)


def _quantizer(numbers: tuple[int, int, int], place: str) -> Any:
    """One format for all numbers, which no training changes.

    Source: HGQ2 0.2, ``FixedPointQuantizerKBI``.
    """
    sign, bits, integer = numbers
    return importlib.import_module("hgq.quantizer").QuantizerConfig(
        "kbi",
        place,
        k0=sign,
        b0=bits,
        i0=integer,
        round_mode="RND_CONV",
        overflow_mode="SAT",
        trainable=False,
        homogeneous_axis=None,
        heterogeneous_axis=(),
    )
