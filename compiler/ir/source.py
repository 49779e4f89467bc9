"""What a front end passes to a layer class: one layer of a model file, all of whose attributes must be handled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import InputError, ModelError, raise_all
from bxnn.compiler.numeric.elementwise import ElementFunction, FixedQuantizer
from bxnn.compiler.numeric.reloadable_tensor import CodeRange
from bxnn.compiler.numeric.smooth import Smooth
from bxnn.compiler.numeric.tensor import FixedTensor
from bxnn.compiler.plural import counted

Real = NDArray[np.float32]
Reals = NDArray[Any]  # float32 or float64


class WeightQuantizer(Protocol):
    """Converts trained floats to exact codes, as the framework does at inference."""

    def quantize(self, values: Reals) -> FixedTensor:
        """Return the codes of ``values`` (float32, last axis = output channel)."""

    def every_code(self) -> CodeRange | None:
        """All codes that it can give, on one grid; ``None`` if that depends on the values."""

    def __str__(self) -> str:
        """The quantizer as written in the model file."""


@dataclass(frozen=True, eq=False)
class Parameter:
    """A trained tensor that is not quantized yet.

    Attributes:
        values: float32, as in the file; float64 once something has been folded into it.
        quantizer: What the framework applies to it at inference.
        reload: The codes that may replace its own at run time; ``None`` if it is a constant.
    """

    values: Reals
    quantizer: WeightQuantizer
    reload: CodeRange | None = None

    def quantized(self) -> FixedTensor:
        """The exact codes.

        Raises:
            InputError: If there are none.
        """
        codes = self.quantizer.quantize(self.values)
        return codes if self.reload is None else self.reload.holding(codes)

    @property
    def is_float(self) -> bool:
        """Whether it has no exact codes, and needs a declared type."""
        try:
            self.quantized()
        except ModelError:
            return True
        return False

    @property
    def real(self) -> NDArray[np.float64]:
        """What the framework multiplies with: rounded by the quantizer of the file, if that has one."""
        return self.values.astype(np.float64) if self.is_float else self.quantized().values


def exact_parts(constants: Mapping[str, FixedTensor | Parameter]) -> dict[str, FixedTensor]:
    """Constants of a layer, by name, as exact codes on their coarsest grids.

    Raises:
        InputError: If some have none; the problems of all of them are one error.
    """
    problems: list[InputError] = []
    found: dict[str, FixedTensor] = {}
    for name, constant in constants.items():
        try:
            exact = constant.quantized() if isinstance(constant, Parameter) else constant
            found[name] = exact.reduced()
        except InputError as error:
            problems.append(error)
    raise_all(problems)
    return found


@dataclass(frozen=True)
class Softmax:
    """Marks an activation that only makes sense at the end of a network."""

    axis: int = -1


@dataclass(frozen=True)
class Sigmoid:
    """Marks the sigmoid of a float model, which only makes sense at the end of a network."""


@dataclass(frozen=True)
class HalfSum:
    """``function((x + 1) / 2)``: the hard sigmoid of QKeras with its quantizer.

    Attributes:
        function: Applied to the mean of the input and 1.
    """

    function: ElementFunction


@dataclass(frozen=True)
class Curved:
    """A transcendental function, and the quantizer that is part of the activation, if there is one.

    Attributes:
        function: The activation.
        quantizer: The quantizer of its result.
    """

    function: Smooth
    quantizer: FixedQuantizer | None = None


Activation = ElementFunction | Curved | HalfSum | Sigmoid | Softmax | None


@dataclass
class LayerSource:
    """One layer of a model file.

    Attributes:
        class_name: Class in the framework, e.g. ``QDense``.
        name: Name in the model, already a legal identifier.
        inputs: Names of the tensors that it reads.
        input_shapes: Their shapes without the batch axis.
        config: Attributes from the file; untrusted.
        weights: Arrays by short name, e.g. ``kernel``; float32, finite.
        parse_activation: The front end's reader of activation attributes; raises ``ModelError(subject, ...)``.
        parse_weight_quantizer: The front end's reader of weight quantizer attributes.
        spelled: Name as spelled by the user, if it is known to differ.
    """

    class_name: str
    name: str
    inputs: tuple[str, ...]
    input_shapes: tuple[tuple[int, ...], ...]
    config: Mapping[str, Any]
    weights: Mapping[str, Real]
    parse_activation: Callable[[str, str, Any], Activation]
    parse_weight_quantizer: Callable[[str, str, Any], WeightQuantizer]
    spelled: str | None = None
    seen: set[str] = field(default_factory=set)

    @property
    def subject(self) -> str:
        """The layer's name in error messages: ``fc1 (QDense)``."""
        return f"{self.spelled or self.name} ({self.class_name})"

    def refuse(self, key: str, advice: str) -> ModelError:
        """The error for an attribute value that is not supported."""
        return ModelError(self.subject, f"{key} {self.config.get(key)!r} is not supported; {advice}")

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute, marked as handled."""
        self.seen.add(key)
        return self.config.get(key, default)

    def positive(self, key: str) -> int:
        """A required attribute that must be an integer of at least 1."""
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ModelError(self.subject, f"{key} {value!r} is not a positive integer; the model file is damaged")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """A boolean attribute."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise ModelError(self.subject, f"{key} {value!r} is not true or false; the model file is damaged")
        return value

    def expect(self, key: str, *accepted: Any, advice: str | None = None) -> None:
        """Refuse the layer if the attribute is present and its value is not one of ``accepted``."""
        value = self.get(key, accepted[0])
        plain = tuple(value) if isinstance(value, list) else value
        if not any(type(plain) is type(choice) and plain == choice for choice in accepted):
            raise self.refuse(key, advice or f"use {accepted[0]!r}")

    def ignore(self, *keys: str) -> None:
        """Mark attributes that do not affect inference as handled."""
        self.seen.update(keys)

    def activation(self, key: str = "activation") -> Activation:
        """The activation stored under ``key``."""
        return self.parse_activation(self.subject, key, self.get(key))

    def weight_quantizer(self, key: str) -> WeightQuantizer:
        """The quantizer of a weight; if the file has none, the weights must be exact as they are."""
        return self.parse_weight_quantizer(self.subject, key, self.get(key))

    def weight(self, name: str, shape: tuple[int, ...]) -> Real:
        """A weight array of the given shape.

        Raises:
            ModelError: If it is missing or has the wrong shape.
        """
        array = self.weights.get(name)
        if array is None:
            raise ModelError(self.subject, f"weight {name!r} is missing from the weights file")
        if array.shape != shape:
            raise ModelError(self.subject, f"weight {name!r} has shape {array.shape}, but the model needs {shape}")
        return array

    def bias_parameter(self, outputs: int) -> Parameter | None:
        """The bias of a layer with ``use_bias``, or ``None``."""
        quantizer = self.weight_quantizer("bias_quantizer")
        if not self.flag("use_bias", True):
            return None
        return Parameter(self.weight("bias", (outputs,)), quantizer)

    def ignore_training(self) -> None:
        """Mark the attributes of a layer with weights that matter only in training as handled."""
        for weight in ("kernel", "bias"):
            self.ignore(f"{weight}_initializer", f"{weight}_regularizer", f"{weight}_constraint")
        self.ignore("activity_regularizer")

    def one_input(self) -> str:
        """The name of the only input."""
        if len(self.inputs) != 1:
            raise ModelError(self.subject, f"has {counted(len(self.inputs), 'input')}; it must have 1")
        return self.inputs[0]

    def finish(self) -> None:
        """Refuse attributes that nothing has handled.

        Raises:
            ModelError: Naming the first such attribute.
        """
        common = {"name", "trainable", "dtype", "batch_input_shape", "batch_shape", "build_config", "build_input_shape"}
        for key in sorted(set(self.config) - self.seen - common):
            if self.config[key] is not None:
                value = self.config[key]
                raise ModelError(self.subject, f"attribute {key}={value!r} is unknown; bxnn cannot tell what it does")
