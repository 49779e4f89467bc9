"""Which layers an hls4ml node becomes, by class of node."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from compiler.frontend.hls4ml_layers import NodeLayers
from compiler.frontend.hls4ml_types import keeps, quantizer_of
from compiler.ir.elementwise import FixedQuantizer, Rectifier
from compiler.ir.integers import signed_bits
from compiler.ir.layer import Layer
from compiler.ir.linear_layer import LinearLayer
from compiler.ir.registry import layer_types
from compiler.ir.rounding import Overflow, Rounding
from compiler.ir.tensor import FixedTensor
from compiler.ir.window import Window
from compiler.plural import counted

_LARGEST_SLOPE_SHIFT = 16


def _input(made: NodeLayers) -> None:
    shape = tuple(int(size) for size in made.node.get_output_variable().shape)
    make: Callable[..., Layer] = layer_types()["input"]
    made.append(make(made.name, (), shape, made.result_type))


def _dense(made: NodeLayers) -> None:
    made.linear("dense", (made.number("n_in"), made.number("n_out")))


def _convolution(made: NodeLayers) -> None:
    window = _window(made, "filt")
    made.linear("conv2d", (*window.size, made.number("n_chan"), made.number("n_filt")), window, 1)


def _depthwise(made: NodeLayers) -> None:
    window, channels = _window(made, "filt"), made.number("n_chan")
    made.linear("depthwise_conv2d", (*window.size, channels, made.number("n_filt") // channels), window)


def _window(made: NodeLayers, prefix: str) -> Window:
    """Where a filter or a pool stands, with hls4ml's padding."""
    image = len(made.sources[0].shape) - 1
    if made.get("data_format", "channels_last") != "channels_last":
        raise made.refuse(f"data_format {made.get('data_format')!r} is not supported; use 'channels_last'")
    axes = {1: (("width", "left", "right"),), 2: (("height", "top", "bottom"), ("width", "left", "right"))}.get(image)
    if axes is None:
        raise made.refuse(f"input of shape {made.sources[0].shape} is not supported")
    for name in ("dilation", *(f"dilation_{size}" for size, _, _ in axes)):  # the first is that of PyTorch's readers
        if made.get(name, 1) != 1:
            raise made.refuse(f"{name} {made.get(name)} is not supported; use 1")
    window = Window(
        tuple(made.number(f"{prefix}_{size}") for size, _, _ in axes),
        tuple(made.number(f"stride_{size}") for size, _, _ in axes),
        (1,) * image,
        tuple(made.number(f"pad_{before}", 0) for _, before, _ in axes),
        tuple(made.number(f"pad_{after}", 0) for _, _, after in axes),
    )
    window.check_cost(made.subject, made.sources[0].shape[:-1])
    return window


def _pool(made: NodeLayers) -> None:
    _pooled(made, _window(made, "pool"), True)


def _global_pool(made: NodeLayers) -> None:
    shape, channels = made.sources[0].shape, made.number("n_filt")
    if channels != shape[-1]:
        raise made.refuse(f"takes the input of shape {shape} for one of {channels} channels; give it channels last")
    _pooled(made, Window.whole(made.sources[0].shape[:-1]), False)


def _pooled(made: NodeLayers, window: Window, keep_image: bool) -> None:
    """A maximum, or a sum in ``accum_t`` divided by the number of pixels, toward zero.

    Source: ``max`` and ``avg`` in nnet_pooling.h of hls4ml 1.3.0; division of ap_fixed in UG1399.
    """
    accum = made.type_of("accum")
    if str(made.get("pool_op")).lower() == "max":
        made.make("maxpool2d", window, keep_image)
        made.cast(accum)
    else:
        if made.get("count_pad") and window.padded:
            raise made.refuse("count_pad is not supported with padding; average the pixels of the image only")
        check_sum(made, accum, int((window.taps(made.sources[0].shape[:-1]) >= 0).sum(axis=1).max()))
        one = FixedTensor(np.ones((1, 1), np.int64), 0)
        made.make("averagepool2d", one, None, window, keep_image, accum.format.fraction_bits + 1)
        made.cast(FixedQuantizer(accum.format, Rounding.TRN_ZERO, Overflow.WRAP))
    made.finish()


def check_sum(made: NodeLayers, accum: FixedQuantizer, pixels: int) -> None:
    """Refuse an accumulator that a sum of pixels does not fit exactly."""
    source = made.sources[0]
    spare = accum.format.fraction_bits - source.format.fraction_bits
    low, high = pixels * min(int(source.low.min()), 0), pixels * max(int(source.high.max()), 0)
    if spare < 0 or low << spare < accum.low or high << spare > accum.high:
        whole = signed_bits(low, high) - source.format.fraction_bits
        wide = f"fixed<{whole + source.format.fraction_bits},{whole}>"  # hls4ml infers none for global pools
        problem = f"accum {accum.format} does not hold a sum of {counted(pixels, 'pixel')}"
        raise made.refuse(f"{problem}; give Precision: {{accum: {wide}}}")


def _activation(made: NodeLayers) -> None:
    activation = str(made.get("activation")).lower()
    if activation == "softmax":
        _softmax(made)
    elif activation == "linear":
        made.cast(made.result_type)
    elif activation in ("relu", "relu6"):
        _relu(made, (6, 0) if activation == "relu6" else None)
    else:
        raise made.refuse(f"activation {activation!r} is not supported; use linear, relu, relu6, leaky_relu or softmax")


def _relu(made: NodeLayers, maximum: tuple[int, int] | None) -> None:
    """``relu`` and then the result's type; one function if that saturates."""
    result = made.result_type
    rectifier = Rectifier(None, maximum)
    rectified = rectifier.infer(made.sources[0])
    if maximum is None and result.overflow is not Overflow.WRAP and not keeps(rectified, result):
        low = 0 if result.format.signed else None
        made.function(FixedQuantizer(result.format, result.rounding, result.overflow, low))
        return
    made.function(rectifier)
    made.finish()


def _parametrized(made: NodeLayers) -> None:
    activation = str(made.get("activation")).lower().replace("_", "")
    if activation not in ("leakyrelu", "thresholdedrelu"):
        raise made.refuse(f"activation {made.get('activation')!r} is not supported; use relu or leaky_relu")
    parameter = quantizer_of(made.subject, "param", made.get("param_t").precision)
    code = int(parameter.quantize_real(np.asarray(made.get("activ_param"))))
    slope = float(np.ldexp(code, -parameter.format.fraction_bits))
    if activation == "thresholdedrelu":  # what hls4ml makes of a ReLU of Keras 3, whose threshold is 0
        if code:
            raise made.refuse(f"threshold {slope} (as {parameter.format}) is not supported; use 0, which is relu")
        _relu(made, None)
        return
    shift = -int(np.log2(slope)) if slope > 0 else 0
    if slope != 2.0**-shift or not 1 <= shift <= _LARGEST_SLOPE_SHIFT:
        raise made.refuse(f"slope {slope} (as {parameter.format}) is not supported; use a power of two from 0.5 down")
    result, rectifier = made.result_type, Rectifier(shift)
    leaky = rectifier.infer(made.sources[0])
    if keeps(leaky, result):
        made.function(rectifier)
    else:
        made.function(FixedQuantizer(result.format, result.rounding, result.overflow, None, None, shift))


def _softmax(made: NodeLayers) -> None:
    make: Callable[..., Layer] = layer_types()["softmax"]
    made.layers.append(make(made.name, made.inputs))
    made.tensors.append(made.sources[0])  # never looked at: the firmware leaves it out


def _normalization(made: NodeLayers) -> None:
    """``x * scale + bias``, with one number of each for all, for a channel or for an element."""
    shape = made.sources[0].shape
    factor, shift = (_per_channel(made, role, shape) for role in ("scale", "bias"))
    flat = (int(np.prod(shape)),)
    if factor.codes.size == shift.codes.size == shape[-1]:
        made.make("batchnorm", factor, shift)
    else:
        made.make("reshape", flat)
        made.make("batchnorm", _per_element(factor, shape), _per_element(shift, shape))
        made.make("reshape", shape)
    made.finish()


def _per_channel(made: NodeLayers, role: str, shape: tuple[int, ...]) -> FixedTensor:
    """A factor or a shift of every channel; of every element, if those of a channel differ."""
    tensor = made.weights(role)
    codes, channels, elements = tensor.codes.ravel(), shape[-1], int(np.prod(shape))
    if codes.size not in (1, channels, elements):
        counts = f"{channels} channels or {counted(elements, 'element')}"
        raise made.refuse(f"{role} has {counted(codes.size, 'element')}; use one for each of {counts}")
    rows = codes.reshape(-1, channels) if codes.size == elements else np.resize(codes, (1, channels))
    return FixedTensor(rows[0] if (rows == rows[0]).all() else codes, tensor.fraction_bits)


def _per_element(tensor: FixedTensor, shape: tuple[int, ...]) -> FixedTensor:
    return FixedTensor(np.resize(tensor.codes, int(np.prod(shape))), tensor.fraction_bits)


def standing_alone(layer: Layer, shape: tuple[int, ...], factor: FixedTensor, shift: FixedTensor) -> LinearLayer:
    """A batch normalization that no neighbour can take over, as a layer of its own."""
    make: Callable[..., LinearLayer]
    if len(shape) == 1:
        make = layer_types()["dense"]  # type: ignore[assignment]
        return make(layer.name, layer.inputs, FixedTensor(np.diag(factor.codes), factor.fraction_bits), shift)
    make, rank = layer_types()["depthwise_conv2d"], len(shape) - 1  # type: ignore[assignment]
    kernel = FixedTensor(factor.codes.reshape(*(1,) * rank, -1, 1), factor.fraction_bits)
    ones, zeros = (1,) * rank, (0,) * rank
    return make(layer.name, layer.inputs, kernel, shift, Window(ones, ones, ones, zeros, zeros))


def _merge(made: NodeLayers) -> None:
    operation = str(made.get("op")).lower()
    if operation != "add":
        raise made.refuse(f"op {operation!r} is not supported; use add")
    made.make("add")
    made.finish()


def _concatenate(made: NodeLayers) -> None:
    axis, rank = made.number("axis"), len(made.sources[0].shape)
    made.make("concatenate", axis - 1 if axis > 0 else rank + axis)
    made.finish()


def _reshape(made: NodeLayers) -> None:
    """Wires; hls4ml's own back ends keep the input's type, too."""
    made.make("reshape", tuple(int(size) for size in made.get("target_shape")))


def _transpose(made: NodeLayers) -> None:
    made.make("permute", tuple(int(axis) for axis in made.get("perm")))
    made.finish()


def _zero_padding(made: NodeLayers) -> None:
    rank = len(made.sources[0].shape) - 1
    sides = (("top", "bottom"), ("left", "right"))[-rank:]
    before, after = (tuple(made.number(f"pad_{side}") for side in edge) for edge in zip(*sides, strict=True))
    made.make("zero_padding", before, after)
    made.finish()


NODES: Mapping[str, Callable[[NodeLayers], None]] = {
    **dict.fromkeys(("InputLayer", "Input"), _input),
    "Dense": _dense,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv2DBatchnorm", "PointwiseConv1D", "PointwiseConv2D"), _convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("Pooling1D", "Pooling2D"), _pool),
    **dict.fromkeys(("GlobalPooling1D", "GlobalPooling2D"), _global_pool),
    "Activation": _activation,
    **dict.fromkeys(("ParametrizedActivation", "LeakyReLU", "ThresholdedReLU"), _parametrized),
    "Softmax": _softmax,
    **dict.fromkeys(("BatchNormalization", "ApplyAlpha"), _normalization),
    "Merge": _merge,
    "Concatenate": _concatenate,
    "Reshape": _reshape,
    "Transpose": _transpose,
    **dict.fromkeys(("ZeroPadding1D", "ZeroPadding2D"), _zero_padding),
}
