"""Proves a whole network: its top entity against a table of the reference's answers to all events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.hardware.port_interface import TAG_PORT, Interface, Port
from bxnn.compiler.hardware.reset_port import ResetPort
from bxnn.sim.bench.ghdl import to_verilog
from bxnn.sim.proof.prover import INDUCTION, PROVEN_BY_INDUCTION, solved
from bxnn.sim.reference import Reference

Codes = Mapping[str, NDArray[Any]]


def number_of_events(reference: Reference) -> int:
    """How many different events there are: all codes of all inputs."""
    graph = reference.graph
    tensors = [graph.tensor(name) for name in graph.inputs]
    count = 1
    for tensor in tensors:
        for low, high in zip(tensor.low.ravel().tolist(), tensor.high.ravel().tolist(), strict=True):
            count *= high - low + 1
    return count


def all_events(reference: Reference) -> dict[str, NDArray[np.int64]]:
    """Every event once, by input."""
    graph = reference.graph
    ranges = {name: graph.tensor(name) for name in graph.inputs}
    axes = [
        np.arange(low, high + 1)
        for tensor in ranges.values()
        for low, high in zip(tensor.low.ravel().tolist(), tensor.high.ravel().tolist(), strict=True)
    ]
    flat = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1).astype(np.int64)
    found, first = {}, 0
    for name, tensor in ranges.items():
        found[name] = flat[:, first : first + tensor.size].reshape(-1, *tensor.shape)
        first += tensor.size
    return found


def prove_network(reference: Reference, interface: Interface, files: Sequence[Path], folder: Path) -> bool:
    """Whether the network answers all events at all times as the reference does; ``False`` if it does not.

    Args:
        reference: The reference; `number_of_events` must be small.
        interface: Ports and timing of the network, which is frame-parallel.
        files: Its VHDL in compile order.
        folder: Where everything is written.

    Raises:
        VerificationError: If a tool fails, or the solver does not decide.
    """
    verilog = to_verilog(folder, files, interface.top)
    events = all_events(reference)
    text = specification(interface, events, reference.output_codes(events))
    (folder / "network.sv").write_text(text, encoding="utf-8")
    script = [
        *(f"read_verilog -sv {verilog.name}", f"prep -flatten -top {interface.top}"),
        *("chformal -remove", "memory_map", "read_verilog -sv -formal network.sv"),
        *("prep -flatten -top specification", "chformal -lower", "async2sync", "memory_map", "opt -fast"),
        f"sat -prove-asserts -set-assumes {INDUCTION} specification",
    ]
    return solved(interface.top, script, folder, PROVEN_BY_INDUCTION)


def specification(interface: Interface, events: Codes, answers: Codes) -> str:
    """The specification, as SystemVerilog.

    Args:
        interface: Ports and timing.
        events: Codes of every event, by input.
        answers: The outputs for them.
    """
    given, results = _joined(interface.inputs, events), _joined(interface.outputs, answers)
    in_bits, out_bits = (sum(port.width for port in ports) for ports in (interface.inputs, interface.outputs))
    cases = [f"      {in_bits}'d{x}: wanted = {out_bits}'d{y};" for x, y in zip(given, results, strict=True)]
    reset, latency, spacing = interface.reset, interface.latency_cycles, interface.initiation_interval
    wires = [f"  wire {port.valid};\n  wire [{port.width - 1}:0] {port.data};" for port in interface.outputs]
    tag = [f"  input [{interface.tag_bits - 1}:0] in_tag,"] if interface.free_tag else []
    tag_wire = [f"  wire [{interface.tag_bits - 1}:0] out_tag;"] if interface.tag_bits else []
    lines = [
        f"// {interface.top}: the answers of the reference to all events, with its latency.",
        *("module specification (", "  input clk,", f"  input {reset.name},", *tag),
        *("  input event_valid,", f"  input [{in_bits - 1}:0] event_data", ");"),
        *_inputs(interface.inputs),
        *(*wires, *tag_wire, *(["  wire spacing_error;"] if interface.spacing_error else [])),
        f"  wire [{out_bits - 1}:0] answer = {{{', '.join(port.data for port in reversed(interface.outputs))}}};",
        f"  {interface.top} dut (.*);",
        f"  reg [{max(latency, spacing)}:0] valids = 0, starts = 0;",
        *_reset(reset),
        f"  reg [{(latency + 1) * in_bits - 1}:0] seen;",
        "  always @(posedge clk) begin",
        "    valids <= stopped ? 0 : {valids, event_valid};",
        "    starts <= stopped ? 0 : {starts, event_valid};",
        "    seen <= {seen, event_data};",
        "  end",
        f"  wire [{in_bits - 1}:0] asked = seen[{(latency - 1) * in_bits} +: {in_bits}];",
        f"  reg [{out_bits - 1}:0] wanted; reg known;",
        *("  always @* begin", "    known = 1;", "    case (asked)", *cases),
        *(f"      default: begin wanted = {out_bits}'d0; known = 0; end", "    endcase", "  end"),
        "  always @* begin",
        f"    if (event_valid) assume ((starts & {spacing}'d{(1 << spacing - 1) - 1}) == 0);",
        *_held(interface, in_bits),
        *(f"    assert ({port.valid} == valids[{latency - 1}]);" for port in interface.outputs),
        f"    if (valids[{latency - 1}] && known) assert (answer == wanted);",
        *("  end", "endmodule"),
    ]
    return "\n".join(lines) + "\n"


def _reset(reset: ResetPort) -> list[str]:
    """Whether the network is reset in a cycle."""
    active = "!" * reset.active_low + reset.name
    if not reset.asynchronous:
        return [f"  wire stopped = {active};"]
    return [
        "  reg [1:0] ending = 2'b11; // it lasts for two cycles more",
        "  reg [3:0] awake = 0; // and begins active, which is lost in the Verilog",
        f"  wire stopped = {active} || ending[1];",
        "  always @(posedge clk) begin",
        f"    ending <= {active} ? 2'b11 : {{ending[0], 1'b0}};",
        "    awake <= {awake, 1'b1};",
        "  end",
        "  always @* if (!awake[3]) assume (!event_valid);",
    ]


def _inputs(ports: Sequence[Port]) -> list[str]:
    """The ports of the network, from the event that all of them share; the first input lowest."""
    lines, low = [], 0
    for port in ports:
        if port.data != TAG_PORT:  # whose valid is that of another port
            lines.append(f"  wire {port.valid} = event_valid;")
        lines.append(f"  wire [{port.width - 1}:0] {port.data} = event_data[{low} +: {port.width}];")
        low += port.width
    return lines


def _held(interface: Interface, in_bits: int) -> list[str]:
    """What is assumed of data that must stay."""
    if not interface.held_input or interface.initiation_interval == 1:
        return []
    spacing = interface.initiation_interval
    return [
        f"    if ((starts & {spacing}'d{(1 << spacing - 1) - 1}) != 0) assume (event_data == seen[{in_bits - 1}:0]);"
    ]


def _joined(ports: Sequence[Port], codes: Codes) -> list[int]:
    """The bits of every event on some ports together, the first element of the first port lowest."""
    found: list[int] = [0] * len(next(iter(codes.values())))
    low = 0
    for port in ports:
        mask = (1 << port.bits) - 1
        rows = codes[port.name].reshape(len(found), -1).tolist()
        for number, row in enumerate(rows):
            for index, code in enumerate(row):
                found[number] |= (int(code) & mask) << low + index * port.bits
        low += port.width
    return found
