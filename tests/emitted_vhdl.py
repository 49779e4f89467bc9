"""Whether two revisions emit the same VHDL for the examples, the bench designs and every contract network.

    python -m tests.emitted_vhdl write OUT [--models ../shared/models]
    python -m tests.emitted_vhdl compare BEFORE AFTER

Run ``write`` in a checkout of each revision, then ``compare`` the two folders. Comments, white space, letter case, the
prefix ``bxnn_`` of library names and whether ``integer_vector'`` qualifies a constant do not count; every other byte
does. The exit code is 1 if a file differs.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bxnn.compiler.config.design_config import BindingChoice
from bxnn.compiler.driver import compile_model
from bxnn.compiler.errors import BxnnError
from bxnn.compiler.hardware.hardware_layer import HardwareLayer
from bxnn.compiler.ir.registry import layer_types
from bxnn.compiler.schedule.implementation import LayerSettings
from tests.layers.firmware import schedule, write
from tests.layers.test_contract import alone

ROOT = Path(__file__).parent.parent
DESIGNS = ROOT / "bench" / "designs"
INTERVALS = (1, 3, 8)
BINDINGS: tuple[BindingChoice, ...] = ("output_serial", "output_switched", "input_serial")


@dataclass(frozen=True)
class Design:
    """A model file with its configuration."""

    name: str
    model: Path
    weights: Path | None
    config: Path


def designs(models: Path) -> Iterator[Design]:
    """The examples, and the bench designs whose networks are files."""
    for name in ("jet_tagger", "l1calo_tau"):
        folder = ROOT / "examples" / name
        yield Design(name, folder / "model.h5", None, folder / "design.yaml")
    tagger = models / "jet_tagger"
    for config in sorted(DESIGNS.glob("jet_tagger*.yaml")):
        architecture, weights = tagger / "qkeras_3layer.json", tagger / "qkeras_3layer_weights.h5"
        yield Design(f"bench_{config.stem}", architecture, weights, config)


def write_contract_networks(folder: Path) -> None:
    """Every example of every hardware layer as a network, at several intervals, linear ones in every binding."""
    for kind, layer_type in layer_types().items():
        if not issubclass(layer_type, HardwareLayer):
            continue
        for number, example in enumerate(layer_type.examples()):
            graph = alone(example)
            bindings = (None, *BINDINGS) if example.layer.multiplies else (None,)
            for interval in INTERVALS:
                for binding in bindings:
                    settings = {example.layer.name: LayerSettings(binding)} if binding else None
                    place = folder / f"{kind}_{number}_ii{interval}_{binding or 'free'}"
                    try:
                        chosen = schedule(graph, interval, settings)
                    except BxnnError as error:
                        place.mkdir(parents=True)
                        (place / "refused.vhd").write_text(f"{error}\n", encoding="utf-8")
                    else:
                        write(graph, chosen, place)


def write_all(folder: Path, models: Path) -> None:
    """Emit everything below ``folder``."""
    for design in designs(models):
        compile_model(design.model, design.weights, design.config, folder / design.name)
    write_contract_networks(folder / "contract")


def normalized(path: Path) -> str:
    """The VHDL without anything that does not count."""
    code = re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8")).lower()
    code = re.sub(r"\s+", "", re.sub(r"\bbxnn_", "", code))
    return code.replace("integer_vector'(", "(").replace("(0=>", "(")


def texts(folder: Path) -> dict[str, str]:
    """Every VHDL file below ``folder``, with the prefix of the library's files dropped from their names."""
    paths = {path.relative_to(folder): path for path in sorted(folder.rglob("*.vhd"))}
    return {str(place.with_name(place.name.removeprefix("bxnn_"))): normalized(path) for place, path in paths.items()}


def differences(before: Path, after: Path) -> list[str]:
    """A line for each file that is not in both folders or differs."""
    old, new = texts(before), texts(after)
    lines = [f"only before: {name}" for name in sorted(set(old) - set(new))]
    lines += [f"only after: {name}" for name in sorted(set(new) - set(old))]
    return lines + [f"differs: {name}" for name in sorted(set(old) & set(new)) if old[name] != new[name]]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write")
    writing.add_argument("folder", type=Path)
    writing.add_argument("--models", type=Path, default=ROOT.parent / "shared" / "models")
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "write":
        write_all(arguments.folder, arguments.models)
        return 0
    lines = differences(arguments.before, arguments.after)
    count = len(texts(arguments.before))
    sys.stdout.write("\n".join([*lines, f"{count} files before, {len(lines)} differ"]) + "\n")
    return int(bool(lines) or not count)


if __name__ == "__main__":
    sys.exit(main())
