"""formats.yaml is read exactly as it was written, and a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.config.formats_file import format_lines, read_formats
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.numeric.declared_types import DeclaredType, DeclaredTypes
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.host_scale import HostScale
from bxnn.compiler.numeric.rounding import Overflow, Rounding

FORMATS = st.builds(FixedFormat, st.just(True), st.integers(-8, 8), st.integers(9, 20)) | st.builds(
    FixedFormat, st.just(False), st.integers(0, 8), st.integers(1, 20)
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=12)


@st.composite
def declared(draw: st.DrawFn, largest: int = 200) -> DeclaredType:
    modes = draw(st.sampled_from(Rounding)), draw(st.sampled_from(Overflow))
    few = draw(st.lists(FORMATS, min_size=1, max_size=3))
    count = draw(st.integers(1, largest))
    chosen = draw(st.lists(st.sampled_from(few), min_size=count, max_size=count))
    own = chosen[:1] if len(set(chosen)) == 1 else chosen
    return DeclaredType(tuple(FixedQuantizer(form, *modes) for form in own), origin="formats.yaml")


@st.composite
def layers(draw: st.DrawFn) -> dict[str, DeclaredType]:
    bias = draw(declared())
    correction = tuple(draw(st.lists(st.integers(-(2**40), 2**40), max_size=5)))
    kernel, steps = draw(declared()), tuple(draw(st.lists(st.integers(-1, 1), max_size=250)))
    return {
        "kernel": DeclaredType(kernel.quantizers, steps, kernel.origin),
        "bias": DeclaredType(bias.quantizers, correction, bias.origin),
        "output": draw(declared(largest=1)),
    }


@st.composite
def scaled(draw: st.DrawFn) -> DeclaredType:
    own = FixedQuantizer(draw(FORMATS), draw(st.sampled_from(Rounding)), Overflow.SAT)
    count = draw(st.integers(1, 20))
    factors, offsets = (
        tuple(draw(st.lists(st.floats(low, 1e20), min_size=count, max_size=count))) for low in (1e-20, -1e20)
    )
    return DeclaredType((own,), (), "formats.yaml", HostScale(factors, offsets))


@given(st.dictionaries(NAMES, declared() | scaled(), max_size=2), st.dictionaries(NAMES, layers(), max_size=3))
@settings(max_examples=40)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, inputs: dict[str, DeclaredType], parts: dict[str, dict[str, DeclaredType]]
) -> None:
    types = DeclaredTypes(inputs, parts, dict.fromkeys(parts, (0.25, 3.14, 1e-7)))
    path = tmp_path_factory.mktemp("formats") / "formats.yaml"
    path.write_text("\n".join(format_lines(types)), encoding="utf-8")
    found = read_formats(path)
    assert found == types
    assert list(found.layers) == list(types.layers)


SCALED = "inputs: x: needs one type, and a factor and an offset for each feature that has it"
KERNEL = "layers: a: kernel"
WRONG = [
    ("layer: {}", "key 'layer' is unknown; did you mean 'layers'?"),
    ("layers: 3", "layers: is not a mapping"),
    (
        "layers: {a: 3}",
        "layers: a: is not a mapping of factors, kernel, rounding, bias, correction, scale, shift, output",
    ),
    ('inputs: {x: {"fixed<8,4,SAT>": "0-1", factors: [1, 2]}}', "inputs: x: offsets: is not a list of numbers"),
    ('inputs: {x: {"fixed<8,4,SAT>": "0-1", factors: [1, 2], offsets: [0]}}', SCALED),
    ('inputs: {x: {"fixed<8,4,SAT>": "0", "fixed<8,3,SAT>": "1", factors: [1, 2], offsets: [0, 0]}}', SCALED),
    (
        'inputs: {x: {"fixed<8,4,SAT>": "0", factors: [0], offsets: [0]}}',
        "inputs: x: needs a type that saturates, and positive factors",
    ),
    (
        'inputs: {x: {"fixed<8,4>": "0", factors: [1], offsets: [0]}}',
        "inputs: x: needs a type that saturates, and positive factors",
    ),
    ("layers: {a: {kernal: x}}", "layers: a: key 'kernal' is unknown; did you mean 'kernel'?"),
    (
        "layers: {a: {kernel: 3}}",
        f'{KERNEL}: is neither a type such as "fixed<8,4>" nor a mapping of types to channels',
    ),
    ("inputs: {x: fixed}", "inputs: x: type 'fixed' is not fixed<W,I[,ROUNDING[,OVERFLOW]]> or ufixed<...>"),
    (
        'layers: {a: {kernel: {"fixed<8,4>": "0-1", "fixed<8,3>": "1"}}}',
        f"{KERNEL}: fixed<8,3>: channel 1 has two types; keep one",
    ),
    ('layers: {a: {kernel: {"fixed<8,4>": "0, 2"}}}', f"{KERNEL}: channel 1 has no type; add it"),
    (
        'layers: {a: {kernel: {"fixed<8,4>": "3-1"}}}',
        f"{KERNEL}: fixed<8,4>: '3-1' is not a list of channels such as \"0-3, 7\"",
    ),
    (
        'inputs: {x: {"fixed<8,4,SAT>": "0", "fixed<8,4>": "1"}}',
        "inputs: x: has different modes for its channels; use the same rounding and overflow",
    ),
    (
        'layers: {a: {output: {"fixed<8,4>": "0", "fixed<8,3>": "1"}}}',
        "layers: a: output: has a type per channel; use one for all of them",
    ),
    ("layers: {a: {correction: [1]}}", "layers: a: correction: needs a type of the bias; add one"),
    ('layers: {a: {bias: "fixed<8,4>", correction: [x]}}', "layers: a: correction: is not a list of integers"),
    ('layers: {a: {rounding: ["."]}}', "layers: a: rounding: needs a type of the kernel; add one"),
    (
        'layers: {a: {kernel: "fixed<8,4>", rounding: [".+x"]}}',
        "layers: a: rounding: is not a list of texts of . + - p m P M, a character for each weight",
    ),
]


@pytest.mark.parametrize(("text", "problem"), WRONG, ids=[text[:40] for text, _ in WRONG])
def test_wrong_files(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "formats.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_formats(path)
    assert str(caught.value) == f"formats.yaml: {problem}"
