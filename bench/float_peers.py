"""What other tools make of a float network of Dense layers with ReLU: onnxruntime's static quantization, hls4ml.

Both see the same events as the calibration of bxnn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


def onnx_network(layers: Sequence[tuple[Reals, Reals]], path: Path) -> None:
    """Dense layers, ReLU between them, as ONNX: input ``x``, output ``y``."""
    from onnx import TensorProto, helper, numpy_helper, save

    nodes, constants, name = [], [], "x"
    for index, (kernel, bias) in enumerate(layers):
        names = [f"kernel{index}", f"bias{index}"]
        for own, values in zip(names, (kernel, bias), strict=True):
            constants.append(numpy_helper.from_array(values.astype(np.float32), own))
        last = index == len(layers) - 1
        result = "y" if last else f"sum{index}"
        nodes.append(helper.make_node("Gemm", [name, *names], [result], f"dense{index}"))
        if not last:
            nodes.append(helper.make_node("Relu", [result], [f"relu{index}"], f"relu{index}"))
        name = f"relu{index}"
    ends = [
        helper.make_tensor_value_info(end, TensorProto.FLOAT, ["events", size])
        for end, size in (("x", layers[0][0].shape[0]), ("y", layers[-1][0].shape[1]))
    ]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def run_onnx(path: Path, x: Reals) -> Reals:
    """The outputs of a network with the input ``x``."""
    from onnxruntime import InferenceSession

    (found,) = InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x.astype(np.float32)})
    return np.asarray(found, np.float64)


def static_quantization(path: Path, events: Reals, x: Reals) -> Reals:
    """Outputs after onnxruntime's static quantization: 8 bits, float scales, weights per channel, MinMax."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
        def __init__(self) -> None:
            self.batches: Iterator[dict[str, Any]] = iter([{"x": events.astype(np.float32)}])

        def get_next(self) -> dict[str, Any] | None:
            return next(self.batches, None)

    with TemporaryDirectory() as folder:
        quantized = Path(folder) / "quantized.onnx"
        quantize_static(
            *(path, quantized, Reader()),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QInt8,
        )
        return run_onnx(quantized, x)


def hls4ml_profiled(model: Path, bits: int, events: Reals, x: Reals, folder: Path) -> Reals:
    """Logits of hls4ml's C simulation, with types as its profiling leads to.

    Every weight, input and result of an activation has ``bits`` bits, and as many of them before the binary point as
    the largest number in its profile needs; sums and their types are left to ``auto``, the last one included.
    """
    import keras
    from hls4ml.converters import convert_from_keras_model
    from hls4ml.utils import config_from_keras_model

    network = keras.models.load_model(model)
    logits = keras.Model(network.inputs, network.layers[-2].output)
    config = config_from_keras_model(logits, granularity="name", default_precision="auto")
    traced = keras.Model(logits.inputs, [layer.output for layer in logits.layers])
    profile = {
        layer.name: np.asarray(values)
        for layer, values in zip(logits.layers, traced.predict(events, verbose=0), strict=True)
    }
    for layer in logits.layers:
        own = config["LayerName"][layer.name]["Precision"]
        if not layer.weights:
            own["result"] = _type(bits, profile[layer.name])
            continue
        own["weight"], own["bias"] = (_type(bits, np.asarray(part)) for part in layer.get_weights())
        activation = config["LayerName"].get(f"{layer.name}_relu")
        if activation is not None:
            activation["Precision"]["result"] = _type(bits, profile[layer.name])
    found = convert_from_keras_model(
        logits, hls_config=config, output_dir=str(folder), backend="Vivado", io_type="io_parallel"
    )
    found.compile()
    return np.asarray(found.predict(np.ascontiguousarray(x, np.float32)), np.float64)


def _type(bits: int, values: Reals) -> str:
    """The type of hls4ml that holds the largest of some numbers; rounded and saturated."""
    signed = bool(values.min() < 0)
    whole = math.floor(math.log2(float(np.abs(values).max()))) + 1
    return f"{'fixed' if signed else 'ufixed'}<{bits},{whole + signed},RND_CONV,SAT>"


def dense_layers(model: Path) -> list[tuple[Reals, Reals]]:
    """Kernels and biases of a Keras file, in order."""
    import keras

    network = keras.models.load_model(model)
    weights = (layer.get_weights() for layer in network.layers if layer.weights)
    return [(np.asarray(kernel, np.float64), np.asarray(bias, np.float64)) for kernel, bias in weights]
