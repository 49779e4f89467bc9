"""Compare strategy lut with alkaid's own VHDL on the third-party jet tagger, in the same yosys flow.

    python -m bench.adder_graphs [--models ../shared/models] [--rtl alkaid/rtl/vhdl/src] [--family xcup] [--work build]

alkaid's VHDL comes from ``bench/peers/alkaid_jet_tagger.py --rtl``. GHDL 2.0 writes a Verilog file that lacks one
of its 1104 modules; such a module is made by a second run of GHDL on its entity alone.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bxnn
from bxnn.sim import synthesis
from bxnn.sim.netlist import SynthesisResult

ROOT = Path(__file__).resolve().parent.parent

DESIGN = ROOT / "bench" / "designs" / "jet_tagger_lut.yaml"
_TERNARY = tuple(f"{name}{n}" for n in range(3) for name in ("BW_INPUT", "SIGNED", "NEGATE", "PAD"))
_GENERICS = {  # of alkaid's adders, in the order in which GHDL appends their values to the names of modules
    "ternary_adder": (*_TERNARY, "BW_OUT", "DROP_LSBS"),
    "shift_adder": ("BW_INPUT0", "BW_INPUT1", "SIGNED0", "SIGNED1", "BW_OUT", "DROP_LSBS", "SHIFT1", "IS_SUB"),
}
_MODULE = re.compile(r"^module (\w+)", re.MULTILINE)
_INSTANCE = re.compile(rf"^  ((?:{'|'.join(_GENERICS)})_\w+) \w+ \(", re.MULTILINE)


def complete(verilog: Path) -> None:
    """Append the adders that GHDL has omitted from a Verilog file."""
    text = verilog.read_text(encoding="utf-8")
    for name in sorted(set(_INSTANCE.findall(text)) - set(_MODULE.findall(text))):
        entity = next(entity for entity in _GENERICS if name.startswith(f"{entity}_"))
        values = [_signed(int(value)) for value in name.removeprefix(f"{entity}_").split("_")]
        generics = [f"-g{key}={value}" for key, value in zip(_GENERICS[entity], values, strict=True)]
        place = ["--std=08", "--work=work", f"--workdir={verilog.parent}"]
        command = ["ghdl", "--synth", *place, *generics, "--out=verilog", entity]
        module = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        text += re.sub(rf"\bmodule {entity}\w*", f"module {name}", module)
    verilog.write_text(text, encoding="utf-8")


def _signed(value: int) -> int:
    """A generic as in the VHDL: GHDL writes negative ones as unsigned numbers of 64 bits."""
    return value - (1 << 64) if value >> 63 else value


def synthesize_alkaid(sources: Path, work: Path, family: str) -> SynthesisResult:
    """Cost of alkaid's VHDL, with the module that GHDL loses restored."""
    files = [path for path in sorted(sources.rglob("*.vhd")) if "wrapper" not in path.name]
    to_verilog = synthesis._to_verilog

    def completed(request: Any) -> Path:
        result = to_verilog(request)
        complete(result)
        return result

    synthesis._to_verilog = completed
    try:
        return synthesis.synthesize(files, "jet_tagger", work, family, graphs=True)
    finally:
        synthesis._to_verilog = to_verilog


def synthesize_bxnn(models: Path, work: Path, family: str) -> tuple[int, SynthesisResult]:
    """Latency in cycles and cost of bxnn's VHDL."""
    folder, build = models / "jet_tagger", work / "build"
    report = bxnn.compile(folder / "qkeras_3layer.json", build, folder / "qkeras_3layer_weights.h5", DESIGN)
    files = [build / "vhdl" / name for name in (build / "vhdl" / "files.txt").read_text().split()]
    return report.latency_cycles, synthesis.synthesize(files, report.name, work / "synthesis", family)


def main() -> None:
    """Run both and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--rtl", type=Path, required=True, help="folder of alkaid's VHDL sources")
    parser.add_argument("--family", choices=("xc7", "xcup"), default="xcup")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "adder_graphs")
    arguments = parser.parse_args()
    latency, ours = synthesize_bxnn(arguments.models, arguments.work / "bxnn", arguments.family)
    theirs = synthesize_alkaid(arguments.rtl, arguments.work / "alkaid", arguments.family)
    facts = {"bxnn": {"latency_cycles": latency, **asdict(ours)}, "alkaid": asdict(theirs)}
    print(json.dumps(facts | {"lut_ratio": ours.lut / theirs.lut, "ff_ratio": ours.ff / theirs.ff}))


if __name__ == "__main__":
    main()
