"""``outputs`` in design.yaml: values, argmax, {threshold: x}, or a list of these."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bxnn.compiler.nearest import unknown
from bxnn.compiler.numeric.output_form import ARGMAX, VALUES, Form, OutputForm

_WORDS = {"values": VALUES, "argmax": ARGMAX}
_KEYS = ("threshold", "strict")
_LONGEST = 60
FORMS = "values, argmax, {threshold: x, strict: false} or a list of these"


def read_forms(value: Any) -> tuple[OutputForm, ...]:
    """The ports of one output, in the order of the file.

    Args:
        value: What design.yaml says, untrusted, or forms that were read before.

    Raises:
        ValueError: With the problem in words.
    """
    items = list(value) if isinstance(value, list | tuple) else [value]
    if not items:
        raise ValueError(f"an empty list is not {FORMS}")
    forms = tuple(_form(item) for item in items)
    for form in Form:
        if sum(item.form is form for item in forms) > 1:
            raise ValueError(f"has {form.value} twice; keep one")
    return forms


def _form(item: Any) -> OutputForm:
    if isinstance(item, OutputForm):
        return item
    if isinstance(item, str):
        if item not in _WORDS:
            raise ValueError(f"{_shown(item)} {unknown(item, _WORDS, f'is not {FORMS}')}")
        return _WORDS[item]
    if not isinstance(item, Mapping):
        raise ValueError(f"{_shown(item)} is not {FORMS}")
    for key in item:
        if key not in _KEYS:
            raise ValueError(f"key {_shown(key)} {unknown(str(key), _KEYS)}")
    if "threshold" not in item:
        raise ValueError("threshold is missing; it takes a finite number")
    threshold, strict = item["threshold"], item.get("strict", False)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not _is_finite(threshold):
        raise ValueError(f"threshold {_shown(threshold)} is not a finite number")
    if not isinstance(strict, bool):
        raise ValueError(f"strict {_shown(strict)} is not true or false")
    return OutputForm(Form.THRESHOLD, float(threshold), strict)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond every float
        return False


def _shown(value: Any) -> str:
    """A value as shown in an error: short, whatever it is."""
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return str(value).lower()
    text = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, Mapping) else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
