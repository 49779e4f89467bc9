"""New names are legal and unique in VHDL and C++, and the mapping back is complete."""

from __future__ import annotations

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from bxnn.compiler.frontend.names import (
    RESERVED,
    is_legal,
    is_legal_top,
    legal_name,
    legal_names,
    legal_top,
    printable,
    written_for,
)
from bxnn.compiler.ir.registry import TEMPLATES

UNITS = sorted(path.stem for path in (TEMPLATES / "vhdl/lib").glob("*.vhd"))
AWKWARD = (
    *("x", "valid_x", "data_x", "x_valid", "x_data", "valid_x_valid", "layer_x", "layer_layer_x", "x_constants"),
    *("x_to_x_hold", "x_to_fc_hold", "fc", "FC", "fc_activation", "fc_argmax", "pkg", "net", "net_fc", "tile1", "beat"),
    *("a/b", "a.b", "a__b", "a_b_", "_a_b", "\ud800", "x\udfff", "\u5c64", "\u212a", *UNITS),
)
NAMES = st.one_of(
    st.text(st.characters(), min_size=1, max_size=300),
    st.integers(1, 300).map(lambda length: "a" * length),
    st.integers(1, 300).map(lambda length: "Ab" * (length // 2) + "_" * (length % 2)),
    st.sampled_from([*sorted(RESERVED), *AWKWARD]),
)


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


@pytest.mark.parametrize(
    ("name", "top"),
    [
        ("tagger", "tagger"),
        ("jet-tagger v2", "jet_tagger_v2"),
        ("out", "out_net"),
        ("fork", "fork_net"),
        ("input", "input_net"),
        ("2nd", "net_2nd"),
        ("", "net"),
        ("bxnn_delay", "net_bxnn_delay"),
        ("FC1", "FC1_net"),
    ],
)
def test_examples_of_top_entities(name: str, top: str) -> None:
    assert legal_top(name, ["fc1"]) == top


@settings(max_examples=300)
@given(NAMES | st.just(""), st.lists(NAMES, unique=True, max_size=6))
def test_every_top_entity_is_legal_and_no_layers_name(name: str, others: list[str]) -> None:
    layers = list(legal_names(others).values())
    top = legal_top(name, layers)
    assert is_legal_top(top) and top.lower() not in {layer.lower() for layer in layers}
    assert legal_top(top, layers) == top


def test_no_network_bears_a_name_that_could_make_a_unit_of_the_library() -> None:
    assert UNITS and all(unit.startswith("bxnn_") for unit in UNITS)
    assert not any(is_legal_top(name) for name in ("bxnn", "BXNN", "bxnn_delay", *UNITS))
    assert is_legal_top("bxnnet")


@settings(max_examples=300)
@given(st.lists(NAMES, unique=True, min_size=1, max_size=12), st.sampled_from([None, "net", "delay", "x", "max", "fc"]))
def test_names_and_all_that_is_called_after_them_never_meet(names: list[str], top: str | None) -> None:
    renamed = legal_names(names)
    assert all(is_legal(new) for new in renamed.values())
    words = [word for new in renamed.values() for word in written_for(new)]
    assert len(set(words)) == len(words)
    units = {f"{top}_{new}".lower() for new in renamed.values()}
    assert units.isdisjoint({*UNITS, f"{top}_pkg"})
    assert legal_names(renamed.values()) == {new: new for new in renamed.values()}


@settings(max_examples=200)
@given(NAMES, st.integers(1, 20))
def test_parts_of_a_layer_get_names_of_their_own(name: str, parts: int) -> None:
    taken = list(legal_names([name]).values())
    for _ in range(parts):
        taken.append(legal_name(f"{taken[0]}_activation", taken))
    assert all(is_legal(new) for new in taken)
    assert len({new.lower() for new in taken}) == parts + 1


@given(st.text(st.characters()))
def test_the_users_spelling_can_be_written_to_any_file(name: str) -> None:
    written = printable(name)
    assert written.encode().decode() == written
    assert written == name or "\\ud" in written
