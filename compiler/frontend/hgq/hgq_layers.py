"""The HGQ2 classes that are read, and the reader of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bxnn.compiler.errors import ModelError
from bxnn.compiler.frontend.hdf5.hdf5_bytes import Hdf5Error
from bxnn.compiler.frontend.hdf5.hdf5_reader import Hdf5Object
from bxnn.compiler.frontend.hgq.hgq_attention import attention, linformer
from bxnn.compiler.frontend.hgq.hgq_edges import edges
from bxnn.compiler.frontend.hgq.hgq_gru import gru
from bxnn.compiler.frontend.hgq.hgq_linear import (
    batch_norm_dense,
    batch_normalization,
    convolution,
    dense,
    einsum_dense,
)
from bxnn.compiler.frontend.hgq.hgq_sequences import simple_rnn
from bxnn.compiler.frontend.hgq.hgq_source import HgqSource
from bxnn.compiler.frontend.hgq.hgq_tables import softmax_layer, unary_function
from bxnn.compiler.frontend.hgq.hgq_tensors import dot_product, einsum, merge, pool, quantizer_layer, sums
from bxnn.compiler.frontend.hgq.hgq_variables import NumberedVariables, named_variables
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.ir.source import LayerSource

PACKAGE = "hgq"

_READERS: Mapping[str, Callable[[HgqSource], Sequence[Layer]]] = {
    "QDense": dense,
    "QBatchNormDense": batch_norm_dense,
    "QEinsumDense": einsum_dense,
    "QEinsumDenseBatchnorm": einsum_dense,
    "QConv1D": convolution,
    "QConv2D": convolution,
    "QConv3D": convolution,
    "QBatchNormalization": batch_normalization,
    **dict.fromkeys(("QAdd", "QSubtract", "QMultiply", "QMaximum", "QMinimum", "QAverage", "QAveragePow2"), merge),
    **dict.fromkeys(("QSum", "QMeanPow2"), sums),
    "QDot": dot_product,
    "QEinsum": einsum,
    **dict.fromkeys(
        (f"Q{g}{kind}Pooling{n}D" for g in ("", "Global") for kind in ("Max", "Average") for n in (1, 2, 3)), pool
    ),
    "Quantizer": quantizer_layer,
    **dict.fromkeys(("QUnaryFunctionLUT", "QAffinedUnaryFunctionLUT"), unary_function),
    "QSoftmax": softmax_layer,
    "QLinformerAttention": linformer,
    "QMultiHeadAttention": attention,
    "QSimpleRNN": simple_rnn,
    "QGRU": gru,
    **dict.fromkeys(("QDenseT", "QConvT1D", "QConvT2D"), edges),
}


def is_hgq(item: Mapping[str, Any]) -> bool:
    """Whether a serialised layer is an HGQ2 layer.

    Args:
        item: ``{"class_name", "config"}``, perhaps with ``module`` and ``registered_name``; untrusted.
    """
    registered = (item.get("class_name"), item.get("registered_name"))
    return str(item.get("module")).split(".")[0] == PACKAGE or any(
        isinstance(name, str) and name.startswith((f"{PACKAGE}>", "hgq2>")) for name in registered
    )


def check_hgq_layer(subject: str, kind: str) -> None:
    """Refuse a class that is not read.

    Raises:
        ModelError: Naming the classes that are read.
    """
    if kind not in _READERS:
        raise ModelError(subject, f"HGQ2 layer type is not supported; supported: {', '.join(sorted(_READERS))}")


def read_hgq_layer(source: LayerSource, group: Hdf5Object | None, numbered: bool) -> Sequence[Layer]:
    """The layers for one HGQ2 layer.

    Args:
        source: The layer's attributes.
        group: Its group of variables in the file.
        numbered: Whether they are numbered, as in .keras files, or named.

    Raises:
        ModelError: If something is missing, damaged, or not supported exactly.
    """
    if group is None:
        raise ModelError(source.subject, "its variables are missing from the weights file")
    try:
        variables = NumberedVariables(group) if numbered else named_variables(group)
        return _READERS[source.class_name](HgqSource(source, variables))
    except Hdf5Error as error:
        raise ModelError(
            source.subject, f"its variables cannot be read ({error}); the model file is damaged"
        ) from error
