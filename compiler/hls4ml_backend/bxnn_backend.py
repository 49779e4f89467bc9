"""The class that hls4ml calls. Only ``register`` imports this module, as it requires hls4ml."""

from __future__ import annotations

from types import MethodType
from typing import Any, cast

from hls4ml.backends import FPGABackend
from hls4ml.model.attributes import ConfigurableAttribute, TypeAttribute
from hls4ml.model.flow import register_flow
from hls4ml.model.layers import GRU, LSTM, Bidirectional, Layer, SimpleRNN
from hls4ml.model.optimizer import layer_optimizer
from hls4ml.model.types import FixedPrecisionType

from bxnn.compiler.hls4ml_backend import NAME, actions
from bxnn.compiler.hls4ml_backend.one_model import OneModel

_SIGNS = [  # activations with two or three values take their thresholds from the BatchNormalization before them
    "vivado:merge_batch_norm_quantized_tanh",
    "vivado:quantize_dense_output",
    "fuse_consecutive_batch_normalization",
    "vivado:xnor_pooling",
]
_SINGLE_PIXELS = ["vivado:optimize_pointwise_conv"]  # a convolution of single pixels gets hls4ml's class for it


def _tables() -> list[Any]:
    """Attributes of layers with activations in tables, and their defaults."""
    return [
        ConfigurableAttribute("table_size", default=1024),
        TypeAttribute("table", default=FixedPrecisionType(18, 8)),
    ]


class BxnnBackend(FPGABackend):  # type: ignore[misc]
    """Makes a bxnn build from a ModelGraph that hls4ml's flows ``convert`` and ``optimize`` have processed."""

    def __init__(self) -> None:
        super().__init__(NAME)
        for layer_class in (SimpleRNN, LSTM, GRU, Bidirectional):  # as in hls4ml's own back ends
            self.attribute_map[layer_class] = [*self.attribute_map.get(layer_class, []), *_tables()]
        initializers = self._get_layer_initializers()
        named = register_flow("init_layers", initializers, requires=["optimize"], backend=self.name)
        signs = register_flow("signs", _SIGNS, requires=[named], backend=self.name)
        pixels = register_flow("single_pixels", _SINGLE_PIXELS, requires=[signs], backend=self.name)
        skipped = register_flow("skip", [f"{NAME}:skip_softmax"], requires=[pixels], backend=self.name)
        self._default_flow = register_flow("ip", None, requires=[skipped], backend=self.name)

    @layer_optimizer(Layer)  # type: ignore[untyped-decorator]
    def init_layer(self, layer: Any) -> None:
        layer.model.trace = MethodType(actions.trace, layer.model)  # hls4ml's own needs its C++ library
        if "weight" in layer.weights:  # the strategy as text, where hls4ml's own back ends keep it
            layer.set_attr("strategy", str(layer.model.config.get_strategy(layer)).lower())

    def get_default_flow(self) -> str:
        return str(self._default_flow)

    def get_writer_flow(self) -> str:
        return self.get_default_flow()

    def create_layer_class(self, layer_class: type) -> type:
        made: Any = super().create_layer_class(layer_class)
        made.model = OneModel()
        return cast(type, made)

    def create_initial_config(self, **options: Any) -> dict[str, Any]:
        return actions.initial_config(options)

    def write(self, model: Any) -> None:
        actions.write(model)

    def compile(self, model: Any) -> str:
        return actions.library(model)

    def predict(self, model: Any, x: Any) -> Any:
        return actions.predict(model, x)

    def build(self, model: Any, events: int | None = None, simulator: str = "ghdl", **options: Any) -> Any:
        return actions.simulate(model, events, simulator, options)
