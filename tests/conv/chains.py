"""Networks of several layers, for folding, merging and file formats."""

from tests.conv.cases import Json


def layer(class_name: str, **config: object) -> Json:
    """A layer as save_models.py builds it."""
    return {"class_name": class_name, "config": config}


CONV = layer(
    "QConv2D", filters=4, kernel_size=3, padding="same", kernel_quantizer="quantized_bits(4,0,alpha=1)",
    bias_quantizer="quantized_bits(6,2)", activation="quantized_relu(4,1)",
)  # fmt: skip
POINTWISE = layer("QConv2D", filters=4, kernel_size=1, kernel_quantizer="quantized_bits(4,0,alpha=1)", use_bias=False)
FOLDED = layer(
    "QConv2DBatchnorm", filters=4, kernel_size=[2, 3], strides=2, kernel_quantizer="quantized_bits(6,0,alpha=1)",
    bias_quantizer="quantized_bits(8,2)", name="cb",
)  # fmt: skip
DENSE = layer("QDense", units=3, kernel_quantizer="quantized_bits(4,0,alpha=1)", bias_quantizer="quantized_bits(4,0)")

CHAINS: list[Json] = [
    {
        "name": "cnn",
        "shape": [9, 7, 2],
        "layers": [
            CONV,
            layer("MaxPooling2D"),
            layer("ZeroPadding2D", padding=[[1, 0], [0, 2]]),
            layer("QConv2D", filters=3, kernel_size=2, kernel_quantizer="quantized_bits(3,0,alpha=1)", use_bias=False),
            layer("ReLU"),
            layer("AveragePooling2D"),
            layer("Permute", dims=[3, 2, 1]),
            layer("Flatten"),
            DENSE,
        ],
    },
    {
        "name": "padded_pool",
        "shape": [3, 4, 2],
        "layers": [layer("ZeroPadding2D"), layer("MaxPooling2D", pool_size=[3, 2], padding="same")],
    },
    {"name": "sum", "shape": [4, 5, 4], "layers": [CONV], "merge": {"class_name": "Add", "branch": [POINTWISE]}},
    {
        "name": "side",
        "shape": [4, 5, 4],
        "layers": [CONV],
        "merge": {"class_name": "Concatenate", "branch": [POINTWISE]},
    },
    {
        "name": "over",
        "shape": [4, 5, 4],
        "layers": [CONV],
        "merge": {"class_name": "Concatenate", "config": {"axis": 1}, "branch": [POINTWISE]},
    },
    {"name": "folded", "shape": [5, 6, 3], "keras": True, "layers": [FOLDED]},
    {
        "name": "nine",
        "shape": [6, 6, 2],
        "layers": [
            layer("QAveragePooling2D", pool_size=3, strides=2, padding="same", average_quantizer="quantized_bits(8,0)")
        ],
    },
    {"name": "bare", "shape": [6, 7, 2], "layers": [layer("AveragePooling2D", pool_size=3, name="pool")]},
    {
        "name": "ninths",
        "shape": [7, 6, 2],
        "layers": [
            layer("AveragePooling2D", pool_size=3, strides=2, padding="same"),
            layer("QActivation", activation="quantized_bits(6,2,alpha=1)"),
        ],
    },
    {
        "name": "sixths",
        "shape": [6, 5, 3],
        "layers": [
            layer("AveragePooling2D", pool_size=[3, 2]),
            layer("QActivation", activation="quantized_relu(4,2,negative_slope=0.25)"),
        ],
    },
    {
        "name": "global",
        "shape": [5, 7, 2],
        "layers": [
            CONV,
            layer("GlobalAveragePooling2D"),
            layer("QActivation", activation="quantized_bits(5,0,alpha=1)"),
            DENSE,
        ],
    },
    {
        "name": "signs",
        "shape": [9, 4],
        "layers": [
            layer("AveragePooling1D", pool_size=5, strides=2, padding="same"),
            layer("Activation", activation="relu"),
            layer("QActivation", activation="ternary(alpha=1,threshold=0.5)"),
        ],
    },
    {
        "name": "edges",
        "shape": [5, 5, 2],
        "layers": [
            layer(
                "QAveragePooling2D",
                pool_size=3,
                strides=1,
                padding="same",
                average_quantizer="quantized_bits(8,0)",
                activation="quantized_bits(7,3,alpha=1)",
            )
        ],
    },
]
