"""The schedule of loaded weights depends on their formats only, and is proven for all their values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import load_config, parse_config
from bxnn.compiler.driver import lower
from bxnn.compiler.fixed_design import with_fixed_weights
from bxnn.compiler.frontend import load_model
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.load_order import LoadedTable
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.weight_banks import pieces_of
from bxnn.compiler.hardware.weight_loading import WeightLoading
from bxnn.compiler.ir.text import parse_graph, print_graph
from bxnn.compiler.schedule.scheduling import schedule_graph
from bxnn.sim.reference import Reference
from tests.reload.networks import ALL_HIGH, ALL_LOW, two_layers

BOARD = load_board("xcvu9p")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "jet_tagger"
sizes = st.tuples(st.integers(1, 7), st.integers(1, 6), st.integers(1, 5))


def loading_of(seed: int, size: tuple[int, int, int], bits: int, text: str) -> tuple[Schedule, WeightLoading]:
    chosen = schedule_graph(two_layers(seed, size, bits), parse_config(text), BOARD)
    assert isinstance(chosen, Schedule)
    loading = WeightLoading.of(chosen, "port")
    assert loading is not None
    return chosen, loading


@settings(max_examples=15, deadline=None)
@given(size=sizes, bits=st.integers(2, 8), interval=st.integers(1, 9), seed=st.integers(0, 1 << 20))
def test_all_weights_have_one_schedule(size: tuple[int, int, int], bits: int, interval: int, seed: int) -> None:
    text = f"initiation_interval: {interval}\nstrategy: dsp"
    (first, loading), *others = (loading_of(s, size, bits, text) for s in (seed, ALL_LOW, ALL_HIGH))
    for chosen, other in others:
        assert other.layout == loading.layout
        assert [step.start_cycle for step in chosen.steps] == [step.start_cycle for step in first.steps]
        assert (chosen.latency_cycles, chosen.dsp, chosen.cost) == (first.latency_cycles, first.dsp, first.cost)
        assert len(other.set_words()) == loading.words
    assert int(loading.set_words().max()) < 1 << loading.width
    sizes_of = [bank.tokens for layer in loading.layers for bank in layer.load.banks]
    tables = [t for layer in loading.layers for t in layer.binding.loaded_tables()]
    pieces = [pieces_of(table.bits, bits) for table, bits in zip(tables, _load_bits(loading), strict=True)]
    assert sizes_of == [t.codes.shape[1] * n for t, n in zip(tables, pieces, strict=True)]


def _load_bits(loading: WeightLoading) -> list[int]:
    return [layer.load.load_bits for layer in loading.layers for _ in layer.binding.loaded_tables()]


@settings(max_examples=30, deadline=None)
@given(size=sizes, bits=st.integers(2, 8), seed=st.integers(0, 1 << 20))
def test_all_weights_stay_in_the_proven_ranges(size: tuple[int, int, int], bits: int, seed: int) -> None:
    """Events at the ends of the input range, with weights at the ends of theirs."""
    tensors = two_layers(seed, size, bits).tensors()
    codes = np.where(np.random.default_rng(seed).random((50, size[0])) < 0.5, -32, 31)
    for other in (seed, ALL_LOW, ALL_HIGH):
        graph = two_layers(other, size, bits)
        for layer in ("fc1", "fc2"):
            found = graph.tensors()[layer]
            assert found.format == tensors[layer].format and (found.low == tensors[layer].low).all()
        out = Reference(graph).output_codes({"x": codes})["fc2"]
        assert (out >= tensors["fc2"].low).all() and (out <= tensors["fc2"].high).all()


def test_words_are_cut_into_pieces() -> None:
    """Column after column, the lowest piece of its words first, row after row."""
    table = LoadedTable(np.array([[-1, 5], [3, -(1 << 35)]], np.int64), 36)
    assert table.words(20).tolist() == [0x3FFFF, 3, 0x3FFFF, 0, 5, 0, 0, 0x20000]


def test_the_text_of_a_network_keeps_what_can_be_loaded() -> None:
    graph = two_layers(1)
    text, arrays = print_graph(graph)
    assert print_graph(parse_graph(text, arrays))[0] == text and '"low": -16, "high": 15' in text
    assert '"low": -16' not in print_graph(with_fixed_weights(graph))[0]


def test_the_jet_tagger_with_all_weights_loaded() -> None:
    """At most 1.1 times the DSPs of the design with constants, and at most 2 cycles more."""
    plain = load_config(EXAMPLE / "design.yaml")
    config = parse_config((EXAMPLE / "design.yaml").read_text() + "\nweights: {layers: all}")
    graph = lower(load_model(EXAMPLE / "model.h5", name="tagger"), config)
    loaded, fixed = schedule_graph(graph, config, BOARD), schedule_graph(with_fixed_weights(graph), plain, BOARD)
    assert (fixed.dsp, fixed.latency_cycles) == (266, 32)
    assert loaded.dsp <= 1.1 * fixed.dsp and loaded.latency_cycles <= fixed.latency_cycles + 2
    bindings = [step.binding for step in loaded.steps if isinstance(step.binding, DspBinding)]
    assert {binding.packing.products for binding in bindings} == {2}
    assert all(binding.load is not None for binding in bindings)
