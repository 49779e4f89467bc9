"""Many networks through `bxnn synthesize`: every class of paths measured beside predicted, and DSPs counted.

    python -m bench.netlist_survey [--models ../shared/models] [--work build/netlist_survey] [--only PART ...]
                                   [--limit N] [--output docs/netlist_survey.md]

Third-party networks at several initiation intervals and with every strategy, and a streaming one, each compiled and
synthesized by the command line. Results are kept in the folder of work, so that an interrupted survey goes on;
``--only`` takes designs whose name contains one of the parts, ``--limit`` so many of those that are missing. Exit 1: a
design differs from its prediction.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bench.netlist_survey_page import Surveyed, page, surveyed

ROOT = Path(__file__).resolve().parent.parent


BXNN = Path(sys.executable).with_name("bxnn")
INTERVALS = (8, 4, 1)
STRATEGIES = ("auto", "dsp", "lut")
TIMEOUT_SECONDS = 3600.0
_TYPES = {
    "jet_tagger": 'inputs: {fc1_input: "fixed<8,4,RND_CONV,SAT>"}\n',
    "axol1tl_v4": 'inputs: {in0: "fixed<8,6,RND_CONV,SAT>"}\n',
}
_PAIRS = {"jet_tagger": "qkeras_3layer", "axol1tl_v4": "axol1tl_v4"}
_STREAMED = {"hgq2 conv": 72}  # cycles between images
_FILES = (
    *(f"hgq2/{name}.keras" for name in ("mlp", "conv", "deepsets", "attention_none", "attention_qkv", "rnn", "merges")),
    *(f"qonnx/{name}.onnx" for name in ("po2_mlp", "float_mlp", "float_conv", "asym_conv")),
    *(f"qdq/{name}.onnx" for name in ("mlp_qdq", "conv_qdq")),
    *(f"qkeras_rnn/{name}.h5" for name in ("simplernn", "lstm", "gru")),
)


@dataclass(frozen=True)
class Design:
    """A network with a schedule to ask for.

    Attributes:
        network: Name of the network.
        model: Its file, below the folder of models.
        weights: Its weights, if they are in a separate file.
        interval: Initiation interval.
        strategy: Strategy of all layers.
        streams: Whether the image arrives pixel by pixel.
    """

    network: str
    model: str
    weights: str | None
    interval: int
    strategy: str
    streams: bool = False

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.network}, II = {self.interval}, {'streaming' if self.streams else self.strategy}"

    @property
    def config(self) -> str:
        """Its design.yaml."""
        wanted = "" if self.strategy == "auto" else f"strategy: {self.strategy}\n"
        form = "form: streaming\n" if self.streams else ""
        return f"initiation_interval: {self.interval}\n{wanted}{form}{_TYPES.get(self.network, '')}"


def designs() -> Iterator[Design]:
    """All designs of the survey, the shortest runs first."""
    networks = [(folder, f"{folder}/{name}.json", f"{folder}/{name}_weights.h5") for folder, name in _PAIRS.items()]
    files = [(path.rsplit(".", 1)[0].replace("/", " "), path, None) for path in _FILES]
    for interval in INTERVALS:
        for strategy in STRATEGIES:
            for network, model, weights in (*networks, *files):
                yield Design(network, model, weights, interval, strategy)
    for network, interval in _STREAMED.items():
        (model,) = (path for name, path, _ in files if name == network)
        yield Design(network, model, None, interval, "auto", True)


def survey(design: Design, models: Path, work: Path) -> Surveyed:
    """Compile and synthesize a design; what was kept of an earlier run is returned as it is."""
    place = work / design.name.replace(" = ", "").replace(", ", "_").replace(" ", "_")
    kept, build = place / "surveyed.json", place / "build"
    adapter = TypeAdapter(Surveyed)
    if kept.is_file():
        return adapter.validate_json(kept.read_bytes())
    place.mkdir(parents=True, exist_ok=True)
    config = place / "design.yaml"
    config.write_text(design.config, encoding="utf-8")
    weights = [] if design.weights is None else ["--weights", str(models / design.weights)]
    compiled = _run("compile", str(models / design.model), *weights, "-c", str(config), "-o", str(build))
    told, report = compiled, None
    if compiled is None:
        told = _run("synthesize", str(build))
        report = (build / "report.json").read_bytes()
    found = surveyed(design.name, told, report)
    kept.write_bytes(adapter.dump_json(found))
    return found


def _run(*arguments: str) -> str | None:
    """The last line of a command that fails; ``None`` if it does not."""
    command = [str(BXNN), *arguments, "--quiet"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if found.returncode == 0:
        return None
    return (found.stderr.strip().splitlines() or ["failed without a message"])[-1]


def main() -> int:
    """Run the survey and write the page; 1 if a design differs from its prediction."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "netlist_survey")
    parser.add_argument("--only", nargs="*", default=[""])
    parser.add_argument("--limit", type=int, default=sys.maxsize)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "netlist_survey.md")
    arguments = parser.parse_args()
    found: list[Surveyed] = []
    for design in designs():
        if any(part in design.name for part in arguments.only) and len(found) < arguments.limit:
            found.append(survey(design, arguments.models, arguments.work))
            print(found[-1].line, flush=True)
    arguments.output.write_text(page(found), encoding="utf-8")
    return int(any(each.differs for each in found))


if __name__ == "__main__":
    sys.exit(main())
