"""Proves one case: GHDL turns the entity into Verilog, yosys' SAT solver compares it with its specification.

The specification is a module ``specification`` that instantiates the entity as ``proven`` and asserts what its outputs
must be; its ``assume`` statements are what the entity may expect of its inputs.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bxnn.compiler.errors import VerificationError
from bxnn.sim.bench.ghdl import run
from bxnn.sim.process import Finished, run_tool
from bxnn.sim.proof.entity_wrapper import PROVEN, wrapped
from bxnn.sim.proof.generic_value import to_verilog
from bxnn.sim.proof.proof_case import MOST_STEPS, ProofCase

SPECIFICATIONS = Path(__file__).resolve().parents[2] / "hls_templates" / "specification"
_PARAMETER = re.compile(r"^  parameter (?:signed )?(?:\[.*\] )?(\w+) =", re.MULTILINE)
_STANDARD = "--std=08"
_FAILED = ("model found for base case: FAIL!", "Assertion failed: selection is not empty")
_NOTHING_LEFT = "bxnn: nothing is left"
_NO_PROOF = "Reached maximum number of time steps -> proof failed."
PROVEN_BY_INDUCTION = "Induction step proven: SUCCESS!"
_PROVEN_SO_FAR = "proved base case for"
INDUCTION = f"-tempinduct -maxsteps {MOST_STEPS}"


@dataclass(frozen=True)
class Proof:
    """The outcome of a case.

    Attributes:
        case: What was to be proven.
        proven: Whether it was; otherwise the solver found inputs for which the entity is wrong.
        seconds: Time it took.
    """

    case: ProofCase
    proven: bool
    seconds: float


def prove(case: ProofCase, sources: Mapping[str, str], folder: Path) -> Proof:
    """Prove or refute a case.

    Args:
        case: The case.
        sources: VHDL by name of the unit, ``bxnn_pkg`` and all that the entity instantiates among them, each after
            what it uses.
        folder: Where everything is written; made, with its parents.

    Raises:
        ToolError: If GHDL or yosys is not installed.
        VerificationError: If a tool fails, or the solver neither proves nor refutes the case.
    """
    start, folder = time.monotonic(), folder.resolve()  # the tools run in it
    verilog = synthesized(case, sources, folder)
    by_induction = PROVEN_BY_INDUCTION if case.cycles is None else _PROVEN_SO_FAR
    said = _NOTHING_LEFT if case.leaves_nothing else by_induction
    proven = solved(case.name, _script(case, verilog), folder, said)
    return Proof(case, proven, time.monotonic() - start)


def solved(subject: str, script: Sequence[str], folder: Path, said_if_proven: str) -> bool:
    """Run a yosys script that ends with a proof; whether that succeeds.

    Args:
        subject: What is proven, for messages.
        script: The commands.
        folder: Where they run; keeps the script and what yosys said.
        said_if_proven: What yosys says of a proof that succeeds.

    Raises:
        VerificationError: If yosys fails, or neither proves nor refutes.
    """
    done = run_yosys(script, folder)
    said = done.stdout + done.stderr
    proven, refuted = said_if_proven in said, any(text in said for text in _FAILED)
    if proven == refuted:
        lines = [line for line in said.splitlines() if line.startswith("ERROR") or _NO_PROOF in line]
        problem = lines[-1] if lines else f"yosys ended with code {done.returncode}"
        raise VerificationError(subject, f"neither proven nor refuted: {problem}; see {folder / 'yosys.log'}")
    return proven


def run_yosys(script: Sequence[str], folder: Path) -> Finished:
    """Run a script, which is kept in the folder with what yosys says."""
    (folder / "proof.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
    python = "from pyosys import libyosys; libyosys.run_pass('script proof.ys', libyosys.Design())"
    done = run_tool([sys.executable, "-c", python], folder)
    (folder / "yosys.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    return done


def synthesized(case: ProofCase, sources: Mapping[str, str], folder: Path) -> Path:
    """The entity with its generics as Verilog.

    Raises:
        VerificationError: If GHDL fails.
    """
    files = write_vhdl(case, sources, folder)
    place, result, log = [_STANDARD, f"--workdir={folder}"], folder / f"{PROVEN}.v", folder / "ghdl.log"
    problem = "ghdl could not turn the VHDL into Verilog"
    command = ["ghdl", "--synth", *place, "--out=verilog", *map(str, files), "-e", PROVEN]
    run(command, folder, log, case.name, problem, result)
    return result


def write_vhdl(case: ProofCase, sources: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the sources and, last, an entity ``proven`` that has no generics; the files in the order of analysis."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}.vhd" for name in (*sources, PROVEN)]
    texts = [*sources.values(), wrapped(case.entity, sources[case.entity], case.generics, case.driven)]
    for path, text in zip(files, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return files


def _script(case: ProofCase, verilog: Path) -> Sequence[str]:
    """The yosys commands."""
    reading = [f"read_verilog -sv {verilog.name}", f"prep -flatten -top {PROVEN}"]
    if case.leaves_nothing:
        return [*reading, "opt_clean -purge", "select -assert-none t:* t:$scopeinfo %d", f"log {_NOTHING_LEFT}"]
    length = INDUCTION if case.cycles is None else f"-tempinduct -maxsteps {case.cycles} -tempinduct-baseonly"
    return [
        *reading,
        "chformal -remove",  # checks of generics, which GHDL has made already
        "memory_map",
        *(["setattr -unset init w:*"] if case.any_state else []),
        *read_specification(case),
        "prep -flatten -top specification",
        *("chformal -lower", "async2sync", "memory_map", "opt -fast"),
        f"sat -prove-asserts -set-assumes {length} specification",
    ]


def read_specification(case: ProofCase) -> list[str]:
    """Commands that read the specification of a case, with its parameters."""
    specification = SPECIFICATIONS / f"{case.entity}.sv"
    known = _PARAMETER.findall(specification.read_text(encoding="utf-8"))
    parameters = {name: value for name, value in case.generics.items() if name in known} | dict(case.assumed)
    settings = [f"-set {name} {to_verilog(value)}" for name, value in parameters.items()]
    chosen = [f"chparam {' '.join(settings)} specification"] if settings else []
    return [f"read_verilog -sv -formal {specification}", *chosen]
