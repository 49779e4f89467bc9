"""The hint for an unknown name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.config.design_config import check_config
from bxnn.compiler.driver import lower
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.nearest import nearest, unknown
from tests.ir.networks import network, source

ROOT = Path(__file__).parents[2]
NAMES = st.text("abcABC_019", min_size=1, max_size=12)


@given(NAMES, st.lists(NAMES, min_size=1, unique_by=str.lower))
def test_the_hint_is_one_of_the_known_names(name: str, known: list[str]) -> None:
    assert nearest(name, known) in known
    assert unknown(name, known) == f"is unknown; did you mean {nearest(name, known)!r}?"


@given(st.lists(NAMES, min_size=1, unique_by=str.lower), st.data())
def test_case_counts_little(known: list[str], data: st.DataObject) -> None:
    meant = data.draw(st.sampled_from(known))
    assert nearest(meant.swapcase(), known) == meant


@given(NAMES)
def test_without_a_known_name_there_is_no_hint(name: str) -> None:
    assert unknown(name, (), "is not a layer") == "is not a layer; there are none"


def test_a_layer_is_named_in_a_network_that_has_none() -> None:
    config = check_config({"initiation_interval": 1, "layers": {"fc": {"output": "fixed<8,4>"}}})
    with pytest.raises(ConfigError) as caught:
        lower(network(source("x", 2)), config)
    assert str(caught.value) == "design.yaml: layers: fc: is not a layer; there are none"
