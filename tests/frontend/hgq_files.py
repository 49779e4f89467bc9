"""Small HGQ2 and HGQ1 model files, written without either, and what their quantizers compute, in exact fractions."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.frontend import load_model
from bxnn.compiler.numeric.rounding import Rounding
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.sim.reference import Reference
from tests.frontend import handmade as hand
from tests.ir.strategies import rounded

Json = dict[str, Any]
Array = NDArray[Any]

# The order of the variables in a .keras file, which depends on what is trained.
ORDERS = {
    ("kbi", "WRAP"): ("b", "k", "i", "i_decay_speed"),
    ("kif", "WRAP"): ("f", "k", "i", "i_decay_speed"),
    ("kbi", "SAT"): ("b", "i", "k"),
    ("kif", "SAT"): ("i", "f", "k"),
}


@dataclass(frozen=True)
class Quant:
    """A quantizer: modes, and keep_negative, integer and fraction bits of every element."""

    k: Array
    i: Array
    f: Array
    q_type: str = "kif"
    overflow: str = "WRAP"
    rounding: str = "RND"
    more: Json = field(default_factory=dict)
    conf_class: str = "QuantizerConfig"

    @property
    def conf(self) -> Json:
        config = {"q_type": self.q_type, "place": "datalane", "trainable": True, "is_weight": False}
        config |= {"round_mode": self.rounding, "overflow_mode": self.overflow, "i_decay_speed": float("inf")}
        return {
            "module": "hgq.quantizer.config",
            "class_name": self.conf_class,
            "config": {**config, **self.more},
            "registered_name": f"hgq>{self.conf_class}",
        }

    @property
    def arrays(self) -> dict[str, Array]:
        """Variables by name, in the order of the file; trained ones are not integers yet."""
        overflow = "WRAP" if self.overflow.upper() == "WRAP" else "SAT"
        values = {
            "k": np.asarray(self.k, np.uint8),
            "i": np.asarray(self.i, np.float32) + np.float32(0.25),
            "f": np.asarray(self.f, np.float32) - np.float32(0.375),
            "b": np.asarray(self.i, np.float32) + np.asarray(self.f, np.float32) + np.float32(0.125),
            "i_decay_speed": np.asarray(0.01, np.float32),
        }
        return {name: values[name] for name in ORDERS[self.q_type, overflow]}

    def value(self, x: float, place: tuple[int, ...]) -> Fraction:
        """The definition for one element."""
        k, i, f = (int(np.broadcast_to(a, self._shape)[place]) for a in (self.k, self.i, self.f))
        if k + i + f <= 0:
            return Fraction(0)
        code = rounded(Fraction(float(x)) * Fraction(2) ** f, Rounding[self.rounding.upper().removeprefix("S_")])
        high = 2 ** (i + f) - 1
        low = -k * (high + 1)
        if self.overflow.upper() == "WRAP":
            code = (code - low) % (high - low + 1) + low
        else:
            low = -k * high if self.overflow.upper() == "SAT_SYM" else low
            code = max(low, min(high, code))
        return Fraction(code) / Fraction(2) ** f

    @property
    def _shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes(*(np.shape(a) for a in (self.k, self.i, self.f)))

    def apply(self, values: Array) -> Array:
        """All elements of an array of the variables' rank, or events of it; float64, exact."""
        shape = np.broadcast_shapes(self._shape, values.shape[-len(self._shape) :])
        own = self._of(np.broadcast_to(a, shape) for a in (self.k, self.i, self.f))
        rows = np.asarray(values, np.float64).reshape(-1, *shape)
        found = [[float(own.value(row[p], p)) for p in np.ndindex(shape)] for row in rows]
        return np.array(found).reshape(values.shape)

    def batched(self) -> Quant:
        """The same with a batch axis, as in quantizers of activations."""
        return self._of(np.asarray(a)[np.newaxis] for a in (self.k, self.i, self.f))

    def _of(self, columns: Iterable[Array]) -> Quant:
        k, i, f = columns
        return replace(self, k=k, i=i, f=f)


@dataclass(frozen=True)
class HgqLayer:
    """A layer: class, attributes, its own arrays by name in the order of the file, and its quantizers by role."""

    kind: str
    name: str
    config: Json = field(default_factory=dict)
    own: dict[str, Array] = field(default_factory=dict)
    quantizers: dict[str, Quant] = field(default_factory=dict)

    @property
    def json(self) -> Json:
        confs = {f"{role}_conf": quant.conf for role, quant in self.quantizers.items()}
        config = {
            "name": self.name,
            "trainable": True,
            "enable_ebops": True,
            "ebops_factor": 1.0,
            **confs,
            **self.config,
        }
        module = f"hgq.layers.{self.kind.lower()}"
        return {"module": module, "class_name": self.kind, "config": config, "registered_name": f"hgq>{self.kind}"}


def _snake(kind: str) -> str:
    text = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind).lstrip("_")
    for rank in (1, 3):
        text = text.replace(f"{rank}_d", f"{rank}d")
    return text.replace("q_unary_function_l_u_t", "x").replace("l_u_t", "lut")


def keras_bytes(layers: list[HgqLayer], shape: tuple[int, ...], model: Json | None = None) -> bytes:
    """A ``.keras`` file of a Sequential model, or of another that has these layers."""
    stream, seen = io.BytesIO(), dict[str, int]()
    with h5py.File(stream, "w") as file:
        for layer in layers:
            snake = _snake(layer.kind)
            number = seen.get(snake, 0)
            seen[snake] = number + 1
            group = file.create_group(f"layers/{snake}{f'_{number}' if number else ''}")
            own = group.create_group("vars")
            own.attrs["name"] = layer.name
            scalars = [np.asarray(1e-5, np.float32), np.asarray(7, np.uint32)]
            moving = [array for name, array in layer.own.items() if name.startswith("moving")]
            trained = [array for name, array in layer.own.items() if not name.startswith("moving")]
            for index, array in enumerate([*trained, *scalars, *moving]):
                own.create_dataset(str(index), data=array)
            for role, quant in layer.quantizers.items():
                place = "quantizer/vars" if role == "config" else f"{role}/quantizer/vars"
                for index, array in enumerate(quant.arrays.values()):
                    group.create_dataset(f"{place}/{index}", data=array)
    return hand.keras_file(model or _model(layers, shape), stream.getvalue())


def in_wrapper(data: bytes) -> bytes:
    """The ``.keras`` file of one layer with its variables where those of a layer in a TimeDistributed are."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stream = io.BytesIO(members["model.weights.h5"])
    with h5py.File(stream, "a") as file:
        (name,) = file["layers"]
        file.move(f"layers/{name}", "layers/time_distributed/layer")
        file["layers/time_distributed"].create_group("vars")
    members["model.weights.h5"] = stream.getvalue()
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return result.getvalue()


def h5_bytes(layers: list[HgqLayer], shape: tuple[int, ...]) -> bytes:
    """A ``.h5`` file of the same model, in which variables have names."""
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["model_config"] = json.dumps(_model(layers, shape))
        root = file.create_group("model_weights")
        root.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = root.create_group(f"{layer.name}/{layer.name}")
            group.create_dataset("beta", data=np.asarray(1e-5, np.float32))
            for name, array in layer.own.items():
                group.create_dataset(name, data=array)
            for number, (role, quant) in enumerate(layer.quantizers.items()):
                holder = "" if role == "config" else f"{layer.name}_{role}/"
                for name, array in quant.arrays.items():
                    group.create_dataset(f"{holder}fixed_point_quantizer_{quant.q_type}_{number}/{name}", data=array)
    return stream.getvalue()


def _model(layers: list[HgqLayer], shape: tuple[int, ...]) -> Json:
    return hand.sequential(*(layer.json for layer in layers), shape=(None, *shape))


def small_network() -> list[HgqLayer]:
    """Layers with every kind of array, for files that are then damaged; their input has shape (3, 4)."""
    rng = np.random.default_rng(3)
    statistics = {"moving_mean": rng.normal(0, 1, 2), "moving_variance": rng.uniform(0.5, 2, 2)}
    own = {"kernel": rng.normal(0, 1, (4, 2)), "bias": np.ones(2), "gamma": np.ones(2), **statistics}
    own = {name: array.astype(np.float32) for name, array in own.items()}
    einsum = {"equation": "bnc,cd->bnd", "output_shape": [3, 2], "bias_axes": "d", "activation": "relu"}
    roles = {"iq": plain((1, 4)).batched(), "kq": plain((4, 2), 1, 4, overflow="SAT_SYM"), "bq": plain((2,), 3, 4)}
    normalization = {"axis": -1, "epsilon": 0.001, "scale": True, "center": False}
    scales = {name: own[name] for name in ("gamma", "moving_mean", "moving_variance")}
    factors = {"iq": plain((1, 2), q_type="kbi").batched(), "kq": plain((2,), 2, 4, overflow="SAT"), "bq": plain((2,))}
    last = {"iq": plain((2,)).batched(), "kq": plain((2, 3), 1, 4, overflow="SAT_SYM"), "bq": plain((3,))}
    return [
        HgqLayer("QEinsumDenseBatchnorm", "e", einsum, own, roles),
        HgqLayer("QBatchNormalization", "bn", normalization, scales, factors),
        HgqLayer("QSum", "s", {"axes": [1], "scale": 0.25}, {}, {"iq": plain((1, 2)).batched()}),
        dense("d", rng.normal(0, 1, (2, 3)).astype(np.float32), np.ones(3, np.float32), **last),
    ]


def outputs(path: Path, x: Array) -> Array:
    """The outputs of the network of a file, in float64."""
    graph = run(load_model(path), PIPELINE, PassOptions())
    (found,) = Reference(graph).predict({graph.inputs[0]: x}).values()
    return found


def dense(name: str, kernel: Array, bias: Array, **quantizers: Quant) -> HgqLayer:
    """A QDense layer with the quantizers ``iq``, ``kq``, ``bq`` and optionally ``oq``."""
    config = {"units": kernel.shape[1], "use_bias": True, "activation": "linear", "enable_oq": "oq" in quantizers}
    return HgqLayer("QDense", name, config, {"kernel": kernel, "bias": bias}, quantizers)


def plain(shape: tuple[int, ...], i: int = 3, f: int = 4, **modes: Any) -> Quant:
    """One signed format for all elements."""
    return Quant(np.ones(shape, int), np.full(shape, i), np.full(shape, f), **modes)
