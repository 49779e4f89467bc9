"""What a model file does not preserve of the trained model is reported."""

from __future__ import annotations

from typing import Any

import pytest

from bxnn.compiler.frontend.keras.qkeras import reload_notice
from bxnn.compiler.report.notice_text import notice_text

LOST = (
    "act (QActivation): activation quantized_relu: the file does not keep is_quantized_clip, which decides whether "
    "relu_upper_bound=1.5 applies; the model is compiled as Keras reloads it, with is_quantized_clip=True: the bound "
    "does not apply"
)


@pytest.mark.parametrize(
    ("value", "notice"),
    [
        ({"class_name": "quantized_relu", "config": {"bits": 6, "relu_upper_bound": 1.5}}, LOST),
        ("quantized_relu(6,2,relu_upper_bound=1.5)", LOST),
        ("quantized_relu(6,2,relu_upper_bound=1.5,is_quantized_clip=False)", None),
        ({"class_name": "quantized_relu", "config": {"bits": 6, "relu_upper_bound": None}}, None),
        ("quantized_bits(6,2)", None),
        ("relu", None),
        (None, None),
    ],
)
def test_a_bound_that_the_file_does_not_keep(value: Any, notice: str | None) -> None:
    found = reload_notice("act (QActivation)", "activation", value)
    assert (None if found is None else notice_text(found)) == notice
