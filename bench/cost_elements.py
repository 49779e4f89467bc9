"""How far predicted resources are off for networks whose elements have their own formats.

    python -m bench.cost_elements [--models ../shared/models] [--work build/cost_elements]

Compiles and synthesizes the HGQ2 networks at II = 8 and writes docs/cost_elements.md. Exit code 1 if LUTs or
flip-flops of one are further off than its report says.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench.process import run

ROOT = Path(__file__).resolve().parents[1]
NETWORKS = ("mlp", "rnn", "merges", "deepsets", "conv")
DESIGN = "board: xcvu9p\nclock_mhz: 320.632\ninitiation_interval: 8\n"
INTRODUCTION = """\
# Elements with their own formats

Written by `python -m bench.cost_elements`: networks trained with HGQ2, at II = 8.

Registers between layers are counted with the bits of every element that its readers look at, on average; what computes
with an element, with the bits of the whole tensor ([cost model](cost_model.md)), of which synthesis leaves out many.
The report of such a network therefore states a larger error.

| | DSP | predicted | LUT | predicted | error | FF | predicted | error |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""


def synthesized(network: str, models: Path, work: Path) -> Any:
    """The report of a network that was compiled and synthesized.

    Raises:
        SystemExit: If it was not.
    """
    build, design = work / network, work / "design.yaml"
    design.write_text(DESIGN, encoding="utf-8")
    bxnn = [sys.executable, "-m", "bxnn"]
    done = run([*bxnn, "compile", str(models / "hgq2" / f"{network}.keras"), "-c", str(design), "-o", str(build)], 600)
    if done.returncode:
        raise SystemExit(f"{network}: {done.complaint}")
    done = run([*bxnn, "synthesize", str(build)], 3600)
    found = json.loads((build / "report.json").read_text(encoding="utf-8"))
    if found["resources"] is None:
        raise SystemExit(f"{network}: {done.complaint}")
    return found


def main() -> int:
    """Synthesize, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "cost_elements")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    rows, missed = [], []
    for network in NETWORKS:
        report = synthesized(network, options.models, options.work)
        true, stated = report["resources"], report["predicted"]
        cells = [network, true["dsp"], stated["dsp"]]
        for amount in ("lut", "ff"):
            error = stated[amount] / true[amount] - 1
            cells += [true[amount], stated[amount], f"{100 * error:+.0f} %"]
            if abs(error) > stated[f"{amount}_error"]:
                missed.append(f"{network}: {amount} {100 * error:+.0f} %")
        rows.append("| " + " | ".join(map(str, cells)) + " |")
        print(rows[-1], flush=True)
    stated = (
        f"\nStated: LUTs {report['predicted']['lut_error']:.0%}, flip-flops {report['predicted']['ff_error']:.0%}.\n"
    )
    (ROOT / "docs" / "cost_elements.md").write_text(INTRODUCTION + "\n".join(rows) + "\n" + stated, encoding="utf-8")
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
