"""Bit flips in running hardware: Verilator with two copies of the firmware, one of which is disturbed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.sim.bench.compiled_program import CompiledProgram
from bxnn.sim.bench.port_words import to_words
from bxnn.sim.bench.registers import Register, registers
from bxnn.sim.process import run_tool

Codes = Mapping[str, NDArray[np.int64]]

_DRIVER = "flip_driver.cpp.j2"
_PROBLEMS = {
    2: "could not read or write its files",
    3: "a class of registers is not in the program",
    4: "two copies of the firmware differ without a flip: a register has no value after reset and two events",
}


@dataclass(frozen=True)
class Flip:
    """A flipped bit and what came of it.

    Attributes:
        kind: Class of the register.
        place: Instance, variable of the Verilog, and bit.
        last_wrong_cycle: Rising edges from the flip to the last one that samples a wrong output; 0 if none does.
        wrong_outputs: Rising edges that sample a wrong output.
        healed_cycles: Rising edges until all registers are as without the flip; ``None`` if one differs until the end.
    """

    kind: str
    place: str
    last_wrong_cycle: int
    wrong_outputs: int
    healed_cycles: int | None


@dataclass(frozen=True)
class FlipResult:
    """All flips of a run.

    Attributes:
        bits: Register bits of the design by class.
        flips: In the order of the run; the classes take turns.
        bound_cycles: Rising edges within which outputs must be right again; each flip is watched twice as long.
    """

    bits: Mapping[str, int]
    flips: tuple[Flip, ...]
    bound_cycles: int


def flip_registers(vhdl: Path, interface: Interface, folder: Path, codes: Codes, flips: int, seed: int) -> FlipResult:
    """Flip bits of every class of registers, under events that follow one another as closely as allowed.

    Args:
        vhdl: Folder of the VHDL.
        interface: Ports and timing of its top entity.
        folder: Receives the program and what the tools write.
        codes: Codes of the inputs, shape (events, elements) each; sent again and again.
        flips: How many.
        seed: Determines bits and cycles.

    Raises:
        ToolError: If a tool is not installed.
        VerificationError: If a tool refuses the VHDL, or two undisturbed copies differ.
    """
    entities = [Path(name).stem for name in interface.files]
    program = CompiledProgram(_DRIVER, interface, "flips", lambda text: _public(registers(text, entities)))
    path = program.build(vhdl, folder)
    found = registers((path.parent / f"{interface.top}.v").read_text(encoding="utf-8"), entities)
    kinds = sorted({register.kind for register in found})
    bound = interface.latency_cycles + interface.initiation_interval
    sent = np.concatenate([to_words(port, codes[port.name]) for port in interface.inputs], axis=-1)
    with tempfile.TemporaryDirectory(prefix="flips-", dir=path.parent) as scratch:
        given, listed, answer = (Path(scratch) / name for name in ("input.bin", "registers.txt", "flips.txt"))
        sent.tofile(given)
        listed.write_text("".join(f"{each.variable} {kinds.index(each.kind)}\n" for each in found), encoding="utf-8")
        numbers = map(str, (len(sent), seed, flips, bound))
        done = run_tool([str(path), str(given), str(listed), str(answer), *numbers], Path(scratch))
        if done.returncode:
            problem = _PROBLEMS.get(done.returncode, f"ended with code {done.returncode}")
            raise VerificationError(interface.top, f"the flips failed: {problem}")
        return _read(answer.read_text(encoding="utf-8").splitlines(), kinds, bound)


def _public(found: Sequence[Register]) -> str:
    """Verilator's configuration that lets the driver write the registers."""
    lines = [f'public_flat_rw -module "{each.module}" -var "{each.variable}"' for each in found]
    return "\n".join(["`verilator_config", *lines, ""])


def _read(lines: Sequence[str], kinds: Sequence[str], bound: int) -> FlipResult:
    bits = {kinds[int(kind)]: int(count) for kind, count in (line.split() for line in lines[: len(kinds)])}
    flips = []
    for line in lines[len(kinds) :]:
        kind, last, wrong, healed, place = line.split(maxsplit=4)
        flips.append(Flip(kinds[int(kind)], place, int(last), int(wrong), int(healed) or None))
    return FlipResult(bits, tuple(flips), bound)
