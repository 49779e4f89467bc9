"""What is supported, from the registry of layer types and the readers of quantizers, and what is refused and why."""

from __future__ import annotations

from bxnn.compiler.frontend.keras import qkeras
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.pages.described import cell, summary_of


def layers_page() -> str:
    """Layer types by the classes that become them, quantizers, and advice for what is refused."""
    rows = []
    for kind, cls in sorted(layer_types().items()):
        keras, hls4ml = (", ".join(f"`{name}`" for name in names) for names in (cls.keras_classes, cls.hls4ml_classes))
        first = summary_of(cls).split("\n\n")[0].replace("\n", " ")
        rows.append(f"| `{kind}` | {keras or '-'} | {hls4ml or '-'} | {cell(first)} |")
    supported = ", ".join(f"`{name}`" for name in qkeras.SUPPORTED.split(", "))
    refused = [f"| `{name}` | {cell(advice)} |" for name, advice in sorted(qkeras.ADVICE.items())]
    modes = [", ".join(f"`{mode.value}`" for mode in modes) for modes in (Rounding, Overflow)]
    parts = [
        "# Layers and quantizers",
        "Everything else is refused in one line that names the layer, the attribute, its value and what to do.",
        "## Layer types",
        "The classes of Keras, QKeras and HGQ2 that become each type, and those of hls4ml. ONNX nodes become the same "
        "types ([model files](../model_files.md)). A type without a class is made by the compiler.",
        "\n".join(["| type | Keras, QKeras, HGQ2 | hls4ml | what it is |", "|---|---|---|---|", *rows]),
        "## Quantizers of QKeras",
        f"{supported}. Each is checked exhaustively against the class of QKeras.",
        "\n".join(["| refused as a quantizer | instead |", "|---|---|", *refused]),
        "## Types in design.yaml",
        f"`fixed<W,I,ROUNDING,OVERFLOW>` and `ufixed<...>`. Rounding: {modes[0]}; overflow: {modes[1]}; the default is "
        "`TRN`, `WRAP`, as in `ap_fixed`.",
    ]
    return "\n\n".join(parts) + "\n"
