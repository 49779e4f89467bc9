"""Measure the choice between LUTs and DSPs on the third-party jet tagger; prints one line of JSON.

    python -m bench.choice [--models ../shared/models] [--work build/bench/choice] [--events 1000]

The design is compiled, simulated with GHDL and synthesized with bxnn's command line. Scheduling is timed in this
process, twice: the second time the adder graphs are known, so only the search itself remains.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from bench.jet_tagger import DESIGNS, Facts, Session, compile_network, simulate
from bxnn.boards.board import load_board
from bxnn.compiler.config.design_config import load_config
from bxnn.compiler.driver import lower
from bxnn.compiler.frontend import load_model
from bxnn.compiler.schedule.scheduling import schedule_graph

ROOT = Path(__file__).resolve().parent.parent

NAME = "jet_tagger_choice"


def scheduling_seconds(architecture: Path, weights: Path) -> Facts:
    """Wall seconds of scheduling, with and without solving for adder graphs."""
    config = load_config(DESIGNS / f"{NAME}.yaml")
    board = load_board(config.board)
    graph = lower(load_model(architecture, weights, config.name), config)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        schedule_graph(graph, config, board)
        seconds.append(time.perf_counter() - start)
    return {"schedule_seconds": seconds[0], "search_seconds": seconds[1]}


def measure(session: Session, models: Path, events: int) -> Facts:
    """Compile, time, simulate, synthesize."""
    folder = models / "jet_tagger"
    files = folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"
    session.work.mkdir(parents=True, exist_ok=True)
    build, facts = compile_network(session, NAME, *files)
    if not facts:
        return {"tool": "choice", "errors": session.errors}
    facts |= scheduling_seconds(*files)
    facts["ghdl"] = simulate(session, build, folder / "jets.npz", events)
    session.command("synthesize", [session.bxnn, "synthesize", build])
    report = session.report(build)
    facts["resources"], facts["predicted"] = report.get("resources"), report.get("predicted")
    facts["objective"] = report.get("objective")
    if facts["resources"] and facts["predicted"]:
        for kind in ("lut", "ff"):
            error = facts["predicted"][kind] / facts["resources"][kind] - 1
            facts[f"{kind}_error_percent"] = 100 * abs(error)
    return {"tool": "choice", **facts, "errors": session.errors}


def main() -> None:
    """Parse the command line, measure, print; exit 1 when a command failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--models", type=Path, default=ROOT / "../shared/models", help="folder of jet_tagger/")
    parser.add_argument("--work", type=Path, default=ROOT / "build/bench/choice", help="folder for the build")
    parser.add_argument("--events", type=int, default=1000, help="jets to simulate")
    arguments = parser.parse_args()
    tools = ROOT / ".venv/bin"
    facts = measure(Session(tools / "bxnn", tools / "python", arguments.work), arguments.models, arguments.events)
    print(json.dumps(facts))
    sys.exit(1 if facts["errors"] else 0)


if __name__ == "__main__":
    main()
