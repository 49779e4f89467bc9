"""Tables: every code of random formats, exact ranges, and what does not fit."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.errors import InternalError, ModelError
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER, Pipelining
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.input import Input
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.rounding import Overflow, Rounding
from bxnn.compiler.numeric.tensor import FixedTensor, Tensor
from bxnn.layers.lookup import Lookup
from tests.layers.firmware import check_firmware, schedule

RESULT = FixedFormat(True, 2, 3)


def drawn(bits: int, rows: int, seed: int) -> Lookup:
    codes = np.random.default_rng(seed).integers(RESULT.low, RESULT.high + 1, (rows, 1 << bits))
    return Lookup("y", ("x",), FixedTensor(codes, 3), RESULT)


@given(st.integers(1, 8), st.booleans(), st.integers(1, 3), st.integers(0, 99), st.data())
@settings(max_examples=40, deadline=None)
def test_every_code_and_the_exact_range(bits: int, signed: bool, rows: int, seed: int, data: st.DataObject) -> None:
    number_format = FixedFormat(signed, bits - int(signed), 0)
    layer = drawn(bits, rows, seed)
    ends = st.integers(number_format.low, number_format.high)
    low = np.array([data.draw(ends) for _ in range(rows)])
    high = np.array([data.draw(st.integers(int(least), number_format.high)) for least in low])
    source = Tensor(number_format, low, high)
    codes = np.repeat(np.arange(number_format.low, number_format.high + 1)[:, np.newaxis], rows, axis=1)
    found = layer.evaluate([codes], [source])
    for row in range(rows):
        by_hand = [int(layer.table.codes[row, code % (1 << bits)]) for code in codes[:, row].tolist()]
        assert found[:, row].tolist() == by_hand
        reached = [entry for code, entry in zip(codes[:, row], by_hand, strict=True) if low[row] <= code <= high[row]]
        result = layer.infer([source])
        assert (result.low[row], result.high[row]) == (min(reached), max(reached))


def test_a_lane_of_several_channels_has_no_table() -> None:
    layer, source = drawn(4, 4, 0), Tensor.of_format((4,), FixedFormat(True, 3, 0))
    assert layer.stage(Layout.serial(4, 2), [source], EVERY_REGISTER) is None
    assert drawn(4, 1, 0).stage(Layout.serial(4, 2), [source], EVERY_REGISTER) is not None
    in_turn = Layout.serial_in_order(np.array([0, 2, 1, 3]), 2)  # channels 0 and 1 of 2, each on its own lane
    assert drawn(4, 2, 0).stage(in_turn, [Tensor.of_format((2, 2), source.format)], EVERY_REGISTER) is not None


def test_a_table_of_many_entries_is_in_block_ram() -> None:
    """Up to 12 bits of input it is in LUTs."""
    for bits, halves in ((12, 0), (13, 3 * 4), (14, 6 * 4)):
        source, layer = Tensor.of_format((4,), FixedFormat(True, bits - 1, 0)), drawn(bits, 1, 0)
        stage = layer.stage(Layout.pulse(4), [source], EVERY_REGISTER)
        assert stage is not None and (stage.bram, stage.latency_cycles) == (halves, 1)
        assert (stage.resources().rom_columns == 0) == (bits > 12)
        assert (layer.entry_depth([source]) is None) == (bits > 12)


@pytest.mark.parametrize("registered", [False, True])
def test_block_ram_in_simulation(registered: bool, tmp_path: Path) -> None:
    layer = drawn(13, 2, 1)
    function = FixedQuantizer(FixedFormat(True, 4, 8), Rounding.RND, Overflow.SAT)
    graph = Graph("net", (Input("x", (), (2, 2), function), layer), ("y",))
    chosen = schedule(graph, 1, pipelining=Pipelining(inner_register=registered))
    assert chosen.latency_cycles == 1 + registered and chosen.step("y").binding.bram == 12
    check_firmware(graph, chosen, tmp_path, events=20)


def test_what_does_not_fit() -> None:
    with pytest.raises(ModelError) as caught:
        drawn(4, 3, 0).output_shape([(5,)])
    assert str(caught.value) == "y (lookup): has 3 tables, but its input shape is (5,)"
    with pytest.raises(InternalError) as internal:
        drawn(4, 1, 0).infer([Tensor.of_format((5,), FixedFormat(True, 4, 0))])
    assert str(internal.value) == "y (lookup): its table has 16 entries, but its input 5 bits"
