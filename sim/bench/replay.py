"""GHDL with a bench in VHDL that plays events from a file: nothing but the simulator runs in a cycle."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bxnn.compiler.errors import VerificationError
from bxnn.compiler.hardware.port_interface import Interface, Port
from bxnn.compiler.numeric.integers import ceil_div
from bxnn.compiler.plural import counted
from bxnn.compiler.templates import template_environment
from bxnn.sim.bench import vendor_library
from bxnn.sim.bench.ghdl import analyse_primitives, run
from bxnn.sim.bench.log import failure
from bxnn.sim.bench.port_words import from_words, to_words, words_of
from bxnn.sim.process import run_tool
from bxnn.sim.toolchain import require

Codes = Mapping[str, NDArray[np.int64]]

_TEMPLATE = "replay_bench.vhd.j2"
_STANDARD = "--std=08"
_FAST = "ghdl-llvm"  # compiles the VHDL ahead of time, and runs about twice as fast as GHDL's own code generator
_RUN = ("--ieee-asserts=disable", "--assert-level=error", "--max-stack-alloc=0")
_RESET_CYCLES = 8


@dataclass(frozen=True)
class Replay:
    """An analysed design with its bench.

    Attributes:
        folder: Where GHDL has left what it made.
        interface: Ports and timing of the top entity.
        program: GHDL, which runs the design, or the design as a program.
    """

    folder: Path
    interface: Interface
    program: tuple[str, ...]

    @classmethod
    def build(cls, vhdl: Path, interface: Interface, folder: Path) -> Replay:
        """Analyse design and bench, unless the folder has them from the same sources.

        Args:
            vhdl: Folder of the VHDL.
            interface: Ports and timing of its top entity.
            folder: Receives what GHDL writes.

        Raises:
            ToolError: If GHDL is not installed.
            VerificationError: With GHDL's first message.
        """
        ghdl = _FAST if shutil.which(_FAST) else "ghdl"
        version = require("ghdl").version
        folder.mkdir(parents=True, exist_ok=True)
        sources, bench = [(vhdl / name).resolve() for name in interface.files], folder / "replay_bench.vhd"
        text, top = _bench(interface), f"{interface.top}_replay"
        program = (str(folder.resolve() / top),) if ghdl == _FAST else (ghdl, "-r", _STANDARD, "-P.", top)
        made, stamp = cls(folder.resolve(), interface, program), folder / "replay.key"
        key = _key(sources, f"{ghdl} {version}\n{text}")
        if stamp.exists() and stamp.read_text(encoding="utf-8") == key:
            return made
        for stale in (stamp, *folder.glob("*.cf")):
            stale.unlink(missing_ok=True)
        bench.write_text(text, encoding="utf-8")
        analyse_primitives(folder, vendor_library.model_files(sources), interface.top)
        files = [*map(str, sources), str(bench.resolve())]
        log = folder / "replay.log"
        run([ghdl, "-a", _STANDARD, "-P.", *files], folder, log, interface.top, "ghdl could not analyse the VHDL")
        if ghdl == _FAST:
            run([ghdl, "-e", _STANDARD, "-P.", top], folder, log, interface.top, "ghdl could not link the design")
        stamp.write_text(key, encoding="utf-8")
        return made

    def output_codes(self, codes: Codes, scratch: Path) -> dict[str, NDArray[np.int64]]:
        """Outputs of all events, sent one per initiation interval.

        Args:
            codes: Codes of the inputs, shape (events, elements) each.
            scratch: A folder for this call's files.

        Returns:
            Codes by output name, shape (events, elements).

        Raises:
            VerificationError: If the simulation is aborted, there are fewer or more output events, one comes in a cycle
                other than predicted, or a bit is undefined.
        """
        ports = self.interface.inputs
        columns = [_digits(port, codes[port.name]) for port in ports]
        given, answer = scratch / "input.txt", scratch / "output.txt"
        given.write_text("".join(" ".join(beat) + "\n" for beat in zip(*columns, strict=True)), encoding="ascii")
        log = scratch / "run.log"
        events = len(next(iter(codes.values())))
        files = [f"-gGIVEN={given}", f"-gTAKEN={answer}", f"-gEVENTS={events}"]
        done = run_tool([*self.program, *files, *_RUN], self.folder)
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            raise VerificationError(self.interface.top, failure("the simulation was aborted", log))
        return self._outputs([line.split() for line in answer.read_text(encoding="ascii").splitlines()], events)

    def _outputs(self, rows: Sequence[Sequence[str]], events: int) -> dict[str, NDArray[np.int64]]:
        top, wanted, interval = self.interface.top, self.interface.latency_cycles, self.interface.initiation_interval
        for event, row in enumerate(rows):
            if set(row[1::2]) != {"1"}:
                raise VerificationError(top, f"event {event}: the valids of its outputs do not coincide")
        if len(rows) != events:
            told = f"received {counted(len(rows), 'output event')}, sent {counted(events, 'event')}"
            raise VerificationError(top, told)
        first = _RESET_CYCLES + self.interface.reset.recovery_cycles + 1
        for event, row in enumerate(rows):
            took = int(row[0]) - first - event * interval
            if took != wanted:
                raise VerificationError(top, f"event {event} took {counted(took, 'cycle')}, predicted are {wanted}")
        return {
            port.name: from_words(port, _words(port, [row[2 + 2 * index] for row in rows], top))
            for index, port in enumerate(self.interface.outputs)
        }


def _digits(port: Port, codes: NDArray[np.int64]) -> list[str]:
    """The data port in every beat of every event, in hexadecimal."""
    words = to_words(port, codes)
    highest_first = np.ascontiguousarray(words.reshape(-1, words.shape[-1])[:, ::-1]).astype(">u4")
    digits = ceil_div(port.width, 4)
    return [row.tobytes().hex()[-digits:] for row in highest_first]


def _words(port: Port, texts: Sequence[str], top: str) -> NDArray[np.uint32]:
    count = words_of(port)
    for event, text in enumerate(texts):
        if not set(text) <= set("0123456789ABCDEF"):
            raise VerificationError(top, f"event {event}: output {port.name} has undefined bits: {text}")
    padded = b"".join(bytes.fromhex(text.rjust(8 * count, "0")) for text in texts)
    return np.frombuffer(padded, ">u4").reshape(-1, count)[:, ::-1].astype(np.uint32)


def _bench(interface: Interface) -> str:
    def facts(ports: Sequence[Port]) -> list[dict[str, Any]]:
        return [
            {
                **{key: getattr(port, key) for key in ("valid", "first", "data", "width")},
                "digits": ceil_div(port.width, 4),
            }
            for port in ports
        ]

    return (
        template_environment(Path(__file__).parent)
        .get_template(_TEMPLATE)
        .render(
            top=interface.top,
            reset_cycles=_RESET_CYCLES,
            initiation_interval=interface.initiation_interval,
            beats=interface.beats,
            latency_cycles=interface.latency_cycles,
            held_input=interface.held_input,
            tag_bits=interface.tag_bits,
            chooser=interface.chooser is not None,
            spacing_error=interface.spacing_error,
            reset=interface.reset,
            inputs=facts(interface.inputs),
            outputs=facts(interface.outputs),
        )
    )


def _key(sources: Sequence[Path], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for source in sources:
        digest.update(f"\n{source.name}\n".encode() + source.read_bytes())
    return digest.hexdigest()
