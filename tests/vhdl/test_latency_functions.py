"""The latencies that VHDL computes itself are those of the bindings, for every small shape."""

import re
import subprocess
from itertools import product
from pathlib import Path

from bxnn.compiler.hardware.input_serial import input_serial_latency
from bxnn.compiler.hardware.latency import cascaded_latency, total_cycles
from bxnn.compiler.hardware.pipelining import Pipelining
from tests.vhdl.harness import LIBRARY

SIZES = range(1, 34)
PLACES = [  # with and without registers of products, some levels per register, closed and open trees
    Pipelining(multiplier_register, levels, fused)
    for multiplier_register, levels, fused in product((True, False), (1, 2, 3, 7), (False, True))
]


def checks(wrong_by: int = 0) -> list[str]:
    """An assertion per shape, pipelining and function; all of them expect ``wrong_by`` cycles too many."""
    lines = []
    for index, (a, b) in enumerate(product(SIZES, repeat=2)):
        where = PLACES[index % len(PLACES)]
        place = f"{int(where.multiplier_register)}, {where.tree_levels_per_stage}, {where.open_levels}"
        expected = {
            f"output_serial_latency({a}, {b}, {place})": total_cycles(cascaded_latency(a, b, where)),
            f"input_serial_latency({a}, {b}, {place})": total_cycles(input_serial_latency(a, b, where)),
            f"max_tree_latency({a}, {b})": Pipelining(tree_levels_per_stage=b).tree_stages(max(a, 2)),
        }
        lines += [
            f'    assert {call} = {cycles + wrong_by} report "{call}" severity error;'
            for call, cycles in expected.items()
        ]
    return lines


def complaints(folder: Path, lines: list[str]) -> int:
    """How many of the assertions fail in GHDL."""
    bench = folder / "bench.vhd"
    body = "\n".join(lines)
    bench.write_text(
        "use work.bxnn_pkg.all;\n"
        "entity bench is\nend entity bench;\n"
        f"architecture rtl of bench is\nbegin\n  process is\n  begin\n{body}\n    wait;\n  end process;\n"
        "end architecture rtl;\n"
    )
    options = ["--std=08", f"--workdir={folder}"]
    subprocess.run(["ghdl", "-a", *options, str(LIBRARY / "bxnn_pkg.vhd"), str(bench)], check=True)
    command = ["ghdl", "--elab-run", *options, "bench"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return len(re.findall(r"assertion error", done.stdout + done.stderr))


def test_the_functions_of_the_package_are_the_latencies_of_the_bindings(tmp_path: Path) -> None:
    assert len(checks()) == 3 * len(SIZES) ** 2
    assert len(PLACES) < len(SIZES) and len(SIZES) % len(PLACES), "every pipelining meets every size"
    assert complaints(tmp_path, checks()) == 0


def test_one_cycle_off_is_caught_in_every_shape(tmp_path: Path) -> None:
    assert complaints(tmp_path, checks(1)) == len(checks())
