"""The search: exact estimates, the true optimum, budgets, settings and refusals."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.errors import ScheduleError
from bxnn.compiler.hardware.dsp_binding import DspBinding
from bxnn.compiler.hardware.layout import Layout
from bxnn.compiler.hardware.objective import Aim, Goal, Objective, Optimal
from bxnn.compiler.hardware.output_serial import OutputSerial
from bxnn.compiler.ir.graph import Graph
from bxnn.compiler.ir.layer import Layer
from bxnn.compiler.passes import PIPELINE, PassOptions, run
from bxnn.compiler.schedule.converters import cycles_of, to_parallel, to_port, to_serial
from bxnn.compiler.schedule.dsp.device import Multiplier
from bxnn.compiler.schedule.implementation import LayerSettings
from bxnn.compiler.schedule.search import Budget, Search
from bxnn.layers.argmax import Argmax
from bxnn.layers.concatenate import Concatenate
from tests.ir.networks import activation, dense, network, networks, source
from tests.layers.firmware import DSP48E2, schedule
from tests.schedule.brute_force import all_designs, pareto, possible_forms

RNG = np.random.default_rng(3)


def kernel(inputs: int, outputs: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return RNG.integers(1, 8, (inputs, outputs))


def chain(*sizes: int) -> Graph:
    """Dense layers with an activation between each two."""
    found: list[Layer] = [source("x", sizes[0])]
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        if number > 1:
            found.append(activation(f"relu{number}", found[-1].name))
        found.append(dense(f"fc{number}", found[-1].name, kernel(inputs, outputs)))
    return network(*found)


def search(graph: Graph, initiation_interval: int, **chosen: LayerSettings) -> Search:
    """Without packing, so that DSPs can be counted by hand; tests/packing has the rest."""
    for layer in graph.layers:
        if layer.kind == "dense":
            chosen[layer.name] = replace(chosen.get(layer.name, LayerSettings()), packing=1)
    return Search(graph, initiation_interval, chosen, DSP48E2)


def refusal(graph: Graph, initiation_interval: int, multiplier: Multiplier = DSP48E2, **chosen: LayerSettings) -> str:
    with pytest.raises(ScheduleError) as caught:
        Search(graph, initiation_interval, chosen, multiplier)
    return str(caught.value)


# --- the estimate is the truth, and the optimum is the optimum


@pytest.mark.no_cover
@settings(max_examples=60)
@given(networks(3, 12), st.integers(1, 40))
def test_every_form_costs_what_was_estimated(graph: Graph, initiation_interval: int) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    found = search(graph, initiation_interval)
    tensors = graph.tensors()
    for layer in graph.layers:
        if layer.name in found.options:
            options, size = found.options[layer.name], tensors[layer.inputs[0]].size
            layouts = [Layout.parallel(size), Layout.pulse(size), Layout.serial(size, min(3, initiation_interval))]
            for layout in layouts:
                for option in possible_forms(options, layout):
                    binding = option.realise()
                    assert binding.dsp == option.dsp
                    assert cycles_of(option.converters) + binding.latency_cycles == option.latency_cycles
                    assert binding.result.key == option.result.key
                    assert max(binding.source.phases, binding.result.phases) <= initiation_interval


@pytest.mark.no_cover
@settings(max_examples=40)
@given(networks(3, 5), st.integers(1, 4))
def test_the_search_equals_brute_force(graph: Graph, initiation_interval: int) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    found = search(graph, initiation_interval)
    expected = pareto(all_designs(graph, found.options, found.builder.input_layouts))
    front = {(label.latency_cycles, label.dsp) for label in found.pareto_front()}
    assert pareto((dsp, cycles) for cycles, dsp in front) == expected
    assert expected <= front
    for cycles, dsp in expected:
        fewest = found.best(Budget(latency_cycles=cycles), 10**6)
        assert (fewest.latency_cycles, fewest.dsp) == (cycles, dsp)
        fastest = found.best(Budget(dsp=dsp), 10**6)
        assert (fastest.latency_cycles, fastest.dsp) == (cycles, dsp)
    assert {(d.latency_cycles, d.dsp) for d in found.best(Budget(), 10**6).front} == front


@pytest.mark.no_cover
@settings(max_examples=40)
@given(networks(4, 12), st.integers(1, 12))
def test_a_schedule_is_consistent_in_time(graph: Graph, initiation_interval: int) -> None:
    """Every layer starts when its input has passed its converters; all outputs reach their ports together."""
    graph = run(graph, PIPELINE, PassOptions())
    chosen = schedule(graph, initiation_interval)
    ends = dict.fromkeys(graph.inputs, 0)
    for step in chosen.steps:
        reads, ends[step.layer] = graph.layer(step.layer).inputs, step.end_cycle
        for name, converters in zip(reads, step.converters, strict=True):
            assert step.start_cycle == ends[name] + cycles_of(converters)
    for name, converters in zip(graph.outputs, chosen.output_converters, strict=True):
        assert ends[name] + cycles_of(converters) == chosen.latency_cycles
    assert chosen.dsp == sum(step.binding.dsp for step in chosen.steps)
    for step in chosen.steps:
        if isinstance(step.binding, DspBinding):
            assert step.binding.multipliers * initiation_interval >= step.binding.slots.dsp.size


def test_branches_that_meet_are_searched_exactly() -> None:
    graph = network(
        source("a", 4),
        source("b", 3),
        dense("fc1", "a", kernel(4, 4)),
        dense("fc2", "b", kernel(3, 2)),
        Concatenate("joined", ("fc2", "fc1"), 0),
        dense("fc3", "joined", kernel(6, 3)),
        outputs=("fc3", "fc1"),
    )
    found = search(graph, 3)
    expected = pareto(all_designs(graph, found.options, found.builder.input_layouts))
    assert expected <= {(label.latency_cycles, label.dsp) for label in found.pareto_front()}
    for cycles, dsp in expected:
        chosen = found.best(Budget(latency_cycles=cycles), 10**6)
        assert (chosen.latency_cycles, chosen.dsp) == (cycles, dsp)


def test_many_outputs_do_not_multiply_the_search() -> None:
    layers = [dense(f"fc{number}", "x", kernel(6, 6)) for number in range(12)]
    graph = network(source("x", 6), *layers, outputs=[layer.name for layer in layers])
    found = search(graph, 6)
    chosen = found.best(Budget(), 10**6)
    assert found.evaluated < 10**5
    assert chosen.latency_cycles > 0


def test_forms_that_another_one_beats_are_dropped() -> None:
    graph = chain(9, 7)
    options = search(graph, 4).options["fc1"]
    kept, every = options.implementations(Layout.pulse(9)), list(possible_forms(options, Layout.pulse(9)))
    for option in every:
        assert any(
            other.dsp <= option.dsp
            and other.latency_cycles <= option.latency_cycles
            and other.result.key == option.result.key
            for other in kept
        )
    assert len(kept) < len(every)


@pytest.mark.no_cover
@settings(max_examples=40)
@given(networks(3, 8), st.integers(1, 6), st.integers(0, 200), st.integers(0, 60))
def test_limits_leave_the_front_within_them(graph: Graph, initiation_interval: int, dsp: int, cycles: int) -> None:
    """What other layers need at least is added to partial designs: no design within the limits is lost by it."""
    found = search(run(graph, PIPELINE, PassOptions()), initiation_interval)
    limits = Budget(dsp=dsp, latency_cycles=cycles)
    every = {(design.latency_cycles, design.dsp) for design in found.pareto_front() if limits.allows(design)}
    assert {(design.latency_cycles, design.dsp) for design in found.pareto_front(limits)} == every


# --- objective and budgets


def test_zero_weights_save_dsps() -> None:
    def fewest(codes: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> int:
        graph = network(source("x", 8), dense("fc", "x", codes))
        return search(graph, 4).best(Budget(latency_cycles=1000), 10**6).dsp

    sparse = kernel(8, 8)
    assert fewest(sparse) == 16
    sparse[:2] = 0
    assert fewest(sparse) == 12
    sparse[:, :4] = 0
    assert fewest(sparse) == 6, "neither inputs nor outputs without weights take a slot"
    assert fewest(0 * sparse) == 0


def test_full_efficiency_is_the_default_budget() -> None:
    chosen = search(chain(16, 64, 32, 32, 5), 8).best(Budget(), 10**6)
    assert chosen.dsp <= 565, "a sixteenth more than the 532 of full efficiency, which the smallest design reaches"
    assert chosen.objective == Objective(Aim(Goal.LOWEST_LATENCY, dsp=565), chosen.objective.evidence)
    assert isinstance(chosen.objective.evidence, Optimal)


def test_a_latency_budget_asks_for_the_fewest_dsps() -> None:
    found = search(chain(8, 8, 8), 8)
    loose = found.best(Budget(latency_cycles=60), 10**6)
    tight = found.best(Budget(latency_cycles=14), 10**6)
    assert tight.latency_cycles <= 14 and loose.dsp < tight.dsp
    assert loose.objective.aim == Aim(Goal.FEWEST_DSPS, latency_cycles=60)


def test_both_budgets_hold_at_once() -> None:
    found = search(chain(8, 8, 8), 8)
    tight = found.best(Budget(latency_cycles=14), 10**6)
    chosen = found.best(Budget(dsp=tight.dsp, latency_cycles=14), 10**6)
    assert chosen.dsp <= tight.dsp and chosen.latency_cycles <= 14


def test_a_budget_that_nothing_meets_names_the_nearest_designs() -> None:
    found = search(network(source("x", 4), dense("fc", "x", kernel(4, 4))), 4)
    with pytest.raises(ScheduleError) as caught:
        found.best(Budget(dsp=5, latency_cycles=7), 10**6)
    assert str(caught.value) == (
        "net at initiation_interval 4: no design fits 5 DSPs and 7 cycles; the closest need 8 DSPs and 7 cycles "
        "(3 DSPs too many), or 4 DSPs and 8 cycles (1 cycle too many)"
    )


def test_the_board_limits_the_dsps() -> None:
    found = search(network(source("x", 4), dense("fc", "x", kernel(4, 4))), 1)
    with pytest.raises(ScheduleError) as caught:
        found.best(Budget(), 15)
    assert str(caught.value) == ("net at initiation_interval 1: needs at least 16 DSPs, the board has 15")
    with pytest.raises(ScheduleError):
        found.best(Budget(dsp=100), 15)
    assert found.best(Budget(), 16).dsp == 16


def test_a_limit_of_the_board_is_named_only_if_it_is_missed() -> None:
    found = search(network(source("x", 4), dense("fc", "x", kernel(4, 4))), 4)
    with pytest.raises(ScheduleError) as caught:
        found.best(Budget(latency_cycles=6), 7)
    assert str(caught.value) == (
        "net at initiation_interval 4: no design fits 6 cycles; the closest needs 4 DSPs and 8 cycles "
        "(2 cycles too many)"
    )
    with pytest.raises(ScheduleError) as caught:
        found.best(Budget(latency_cycles=7), 7)
    assert str(caught.value) == (
        "net at initiation_interval 4: no design fits the board's 7 DSPs and 7 cycles; the closest need 8 DSPs and "
        "7 cycles (1 DSP too many), or 4 DSPs and 8 cycles (1 cycle too many)"
    )


# --- what the user fixed


@pytest.mark.parametrize("binding", ["output_serial", "output_switched", "input_serial"])
@pytest.mark.parametrize("reuse_factor", [1, 2, 4])
def test_binding_and_reuse_are_the_users(binding: BindingChoice, reuse_factor: int) -> None:
    graph = chain(8, 8, 8)
    chosen = schedule(graph, 4, {"fc1": LayerSettings(binding, reuse_factor, packing=1)})
    step = chosen.step("fc1")
    assert (step.binding.name, step.binding.reuse_factor) == (binding, reuse_factor)
    assert step.binding.dsp == 64 // reuse_factor


@pytest.mark.parametrize("cascade", [1, 3, 8, 50])
def test_the_cascade_is_the_users(cascade: int) -> None:
    chosen = schedule(chain(8, 8), 4, {"fc1": LayerSettings(cascade=cascade)})
    binding = chosen.step("fc1").binding
    assert isinstance(binding, OutputSerial) and binding.cascade == min(cascade, 8)


@pytest.mark.parametrize("longest", [1, 3, 4, 30])
def test_no_cascade_is_longer_than_a_column(longest: int) -> None:
    """Whatever the budget: no implementation of a layer is, and what a user asks for is refused."""
    graph, column = chain(30, 6), replace(DSP48E2, longest_cascade=longest)
    options = Search(graph, 6, {}, column).options["fc1"]
    cascades = {
        binding.cascade
        for option in options.implementations(Layout.pulse(30))
        if isinstance(binding := option.realise(), OutputSerial)
    }
    assert cascades and max(cascades) <= longest
    assert refusal(graph, 6, column, fc1=LayerSettings(cascade=longest + 1)) == (
        f"fc1 (dense): cascade {longest + 1} is longer than a column of DSP48E2 slices in an SLR of the device; "
        f"use at most {longest}"
    )


def test_settings_that_contradict_are_refused() -> None:
    graph = network(source("x", 4), dense("fc", "x", kernel(4, 4)), activation("relu", "fc"))
    assert refusal(graph, 4, fc=LayerSettings(reuse_factor=5)) == (
        "fc (dense): reuse_factor 5 is larger than initiation_interval 4; use at most 4"
    )
    assert refusal(graph, 4, fc=LayerSettings("input_serial", cascade=2)) == (
        "fc (dense): cascade applies to binding output_serial; remove one of the two"
    )
    assert refusal(graph, 4, relu=LayerSettings(reuse_factor=2)) == (
        "relu (activation): has no multipliers; remove its settings from design.yaml"
    )


# --- what the device can multiply

IN_DSPS = LayerSettings(strategy="dsp")
DSP48E1, DSP58 = Multiplier("DSP48E1", 25, 18, 48), Multiplier("DSP58", 27, 24, 58)


def wide(input_bits: int, weight_bits: int, inputs: int = 1) -> Graph:
    """One Dense layer with signed inputs and weights of these widths."""
    layer = dense("fc", "x", np.full((inputs, 1), 1 - 2 ** (weight_bits - 1)))
    return network(source("x", inputs, integer_bits=input_bits - 1, fraction_bits=0), layer)


@pytest.mark.parametrize(
    ("multiplier", "wide_bits", "narrow_bits"), [(DSP48E1, 25, 18), (DSP48E2, 27, 18), (DSP58, 27, 24)]
)
def test_operands_must_fit_the_slice(multiplier: Multiplier, wide_bits: int, narrow_bits: int) -> None:
    for operands in ((wide_bits, narrow_bits), (narrow_bits, wide_bits)):
        if sum(operands) <= multiplier.accumulator_bits:
            Search(wide(*operands), 1, {}, multiplier)
    for operands in ((wide_bits + 1, 2), (narrow_bits + 1, narrow_bits + 1)):
        assert refusal(wide(*operands), 1, multiplier, fc=IN_DSPS) == (
            f"fc (dense): needs {operands[0]}x{operands[1]}-bit signed products (input x weight), but a "
            f"{multiplier.name} multiplies {wide_bits}x{narrow_bits} and products are not split over several DSPs; "
            "use fewer bits in the input quantizer or the weights, or strategy lut"
        )


def test_an_unsigned_operand_takes_one_bit_more() -> None:
    graph = network(source("x", 1, signed=False, integer_bits=27, fraction_bits=0), dense("fc", "x", [[1]]))
    assert refusal(graph, 1, fc=IN_DSPS).startswith(
        "fc (dense): needs 28x2-bit signed products (input x weight), but a DSP48E2"
    )


def test_the_accumulator_must_fit_the_slice() -> None:
    assert search(wide(27, 18, 16), 1).options["fc"].accum_bits == 48
    assert refusal(wide(27, 18, 17), 1, fc=IN_DSPS) == (
        "fc (dense): needs 49 accumulator bits, but a DSP48E2 has 48; use fewer bits, or strategy lut"
    )


@settings(max_examples=60)
@given(networks(2, 8))
def test_no_partial_sum_can_overflow_the_accumulator(graph: Graph) -> None:
    graph = run(graph, PIPELINE, PassOptions())
    tensors, rng = graph.tensors(), np.random.default_rng(0)
    for name, options in search(graph, 4).options.items():
        linear, tensor = options.linear, tensors[graph.layer(name).inputs[0]]
        if linear is None:
            continue
        limit = 2 ** (options.accum_bits - 1)
        assert tensors[name].bits <= options.accum_bits
        for weight, bias in zip(linear.weights, linear.bias, strict=True):
            products = np.stack([weight * tensor.low, weight * tensor.high])
            corner = np.where(rng.random(weight.size) < 0.5, 0, 1)
            for sums in (products.min(axis=0), products.max(axis=0), products[corner, np.arange(weight.size)]):
                terms = rng.permutation(np.append(sums, bias)).cumsum()
                assert -limit <= terms.min() and terms.max() < limit


# --- converters


def test_converters_between_layouts() -> None:
    def names(converters: tuple[object, ...]) -> list[str]:
        return [converter.name for converter in converters]  # type: ignore[attr-defined]

    pulse, parallel, serial = Layout.pulse(6), Layout.parallel(6), Layout.serial(6, 3)
    assert [names(to_parallel(layout)) for layout in (pulse, parallel, serial)] == [["hold"], [], ["deserialize"]]
    assert [cycles_of(to_parallel(layout)) for layout in (pulse, parallel, serial)] == [1, 0, 3]
    assert [names(to_port(layout)) for layout in (pulse, parallel, serial)] == [[], [], ["deserialize"]]
    assert to_serial(serial, 3) == ()
    assert names(to_serial(serial, 2)) == ["deserialize", "serialize"]
    assert names(to_serial(pulse, 2)) == ["hold", "serialize"]
    assert cycles_of(to_serial(parallel, 2)) == 1


def test_argmax_reads_a_serial_tensor_through_a_deserializer() -> None:
    graph = network(source("x", 4), dense("fc", "x", kernel(4, 6)), Argmax("best", ("fc",)))
    chosen = schedule(graph, 3, {"fc": LayerSettings("output_serial", 3)})
    assert [converter.name for converter in chosen.step("best").converters[0]] == ["deserialize"]
    assert chosen.step("best").binding.latency_cycles == 3
