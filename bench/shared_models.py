"""The third-party models of ``../shared/models`` in every engine, as commands of bxnn, written into one page.

    python -m bench.shared_models [--models ../shared/models] [--work build/shared_models] [--seconds 900]
                                  [--steps simulate verify synthesize] [--only NAME ...] [--page docs/shared_models.md]

Each network is compiled for an event every 8 cycles; then all are simulated in GHDL, all run in the HLS C++ and the
emulator, and all are synthesized. What a build's report already has is not run again, so that an interrupted run
resumes. A step of a network that does not end within ``--seconds`` is left out. Exit 1: a bit, a cycle or a path is not
as predicted, or a step is missing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import machine
from bench.process import run
from bench.shared_models_page import EVENTS, failed, page
from bxnn.compiler.report import load_report

ROOT = Path(__file__).resolve().parent.parent
BXNN = Path(sys.executable).with_name("bxnn")
DESIGN = "board: xcvu9p\nclock_mhz: 320.632\ninitiation_interval: 8\n"
MODELS = (
    *(f"hgq2/{name}.keras" for name in ("mlp", "conv", "merges", "deepsets", "rnn", "attention_none", "attention_qkv")),
    *(f"qkeras_rnn/{name}.h5" for name in ("simplernn", "gru", "lstm")),
    *(f"qonnx/{name}.onnx" for name in ("po2_mlp", "float_mlp", "float_conv", "asym_conv")),
    *(f"qdq/{name}_qdq.onnx" for name in ("mlp", "conv")),
)
STEPS: Mapping[str, tuple[str, Sequence[str]]] = {
    "simulate": ("simulation", ("--events", str(EVENTS))),
    "verify": ("verification", ("--events", str(EVENTS), "--engines", "cpp,hls")),
    "synthesize": ("resources", ()),
}


def named(model: str) -> str:
    """The name of a network's build: its folder and its file."""
    return model.partition(".")[0].replace("/", "_")


def compiled(model: str, models: Path, work: Path) -> Path:
    """The build of a model, compiled if it is not there.

    Raises:
        SystemExit: If it cannot be compiled.
    """
    build = work / named(model)
    if not (build / "report.json").exists():
        work.mkdir(parents=True, exist_ok=True)
        design = work / "design.yaml"
        design.write_text(DESIGN, encoding="utf-8")
        done = run([str(BXNN), "compile", str(models / model), "-c", str(design), "-o", str(build), "--quiet"])
        if done.returncode:
            raise SystemExit(f"{model}: {done.complaint}")
    return build


def take(step: str, build: Path, seconds: float) -> str:
    """Take a step of a build unless its report has the result; what came of it."""
    part, options = STEPS[step]
    if getattr(load_report(build / "report.json"), part) is not None:
        return "there already"
    start = time.monotonic()
    done = run([str(BXNN), step, str(build), *options, "--quiet"], seconds)
    told = "done" if done.returncode == 0 else done.complaint
    return f"{told} in {time.monotonic() - start:.0f} s, {done.cpu_seconds:.0f} processor seconds"


def main() -> None:
    """Parse the command line, take the steps that are missing, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder of the models")
    parser.add_argument("--work", type=Path, default=ROOT / "build/shared_models", help="folder of the builds")
    parser.add_argument("--seconds", type=float, default=900.0, help="after which a step is given up")
    parser.add_argument("--steps", nargs="*", default=tuple(STEPS), choices=tuple(STEPS), help="all by default")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="networks by name; all by default")
    parser.add_argument("--page", type=Path, default=ROOT / "docs/shared_models.md", help="the page")
    arguments = parser.parse_args()
    wanted = [model for model in MODELS if arguments.only is None or named(model) in arguments.only]
    for step in arguments.steps:
        for model in wanted:
            build = compiled(model, arguments.models.resolve(), arguments.work)
            print(f"{step} {named(model)}: {take(step, build, arguments.seconds)}", flush=True)
    files = {named(model): arguments.work / named(model) / "report.json" for model in MODELS}
    reports = {name: load_report(path) for name, path in files.items() if path.exists()}
    arguments.page.write_text(page(reports, len(MODELS), machine.facts()), encoding="utf-8")
    sys.exit(1 if len(reports) < len(MODELS) or any(map(failed, reports.values())) else 0)


if __name__ == "__main__":
    main()
