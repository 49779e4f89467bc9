"""`space:` of search.yaml: which networks are proposed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field

from bxnn.compiler.config.design_config import Strategy
from bxnn.compiler.config.section import Section

Family = Literal["mlp", "cnn", "deepsets", "autoencoder"]
Activation = Literal["relu", "tanh"]

MOST_LAYERS = 8
_Value = TypeVar("_Value")


def _listed(value: Any) -> Any:
    """A list as it is written, or a single value as a list of one."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


Choices = Annotated[tuple[_Value, ...], BeforeValidator(_listed), Field(min_length=1)]
_Depth = Annotated[int, Field(ge=1, le=MOST_LAYERS)]
_Width = Annotated[int, Field(ge=1, le=1024)]
_Size = Annotated[int, Field(ge=1, le=11)]
_Bits = Annotated[int, Field(ge=2, le=16)]
_Share = Annotated[float, Field(ge=0, le=0.95)]


class SpaceConfig(Section):
    """The networks that may be proposed; every key takes a value, or a list of those to choose from.

    Attributes:
        family: Kind of network.
        depth: Hidden layers; of an autoencoder, those up to its narrowest one; of deep sets, the first half of them, or
            one more, reads each constituent, the others read the mean over all constituents.
        widths: Sizes of hidden layers, chosen for each of them; of a cnn, filters of its convolutions.
        kernel_sizes: Rows and columns of the kernel of each convolution; of a cnn only.
        bits: Bits of the weights of a layer, and of its results, chosen for each layer.
        input_bits: Bits of the inputs.
        activation: After every hidden layer.
        pruning: Share of the weights of every layer that are zero.
        strategy: What performs the multiplications: the strategies of the scheduler.
    """

    family: Family = Field(default="mlp", description="mlp, cnn, deepsets or autoencoder")
    depth: Choices[_Depth] = Field(default=(1, 2, 3), description=f"integers from 1 to {MOST_LAYERS}")
    widths: Choices[_Width] = Field(default=(8, 16, 32, 64), description="integers from 1 to 1024")
    kernel_sizes: Choices[_Size] = Field(default=(2, 3), description="integers from 1 to 11")
    bits: Choices[_Bits] = Field(default=(4, 6, 8), description="integers from 2 to 16")
    input_bits: Choices[_Bits] = Field(default=(8,), description="integers from 2 to 16")
    activation: Choices[Activation] = Field(default=("relu",), description="relu, tanh")
    pruning: Choices[_Share] = Field(default=(0.0, 0.5, 0.75), description="numbers from 0 to 0.95")
    strategy: Choices[Strategy] = Field(default=("dsp", "lut"), description="auto, dsp, lut")
