"""The latencies that VHDL computes for itself are those of the bindings, for every small shape."""

import re
import subprocess
from itertools import product
from pathlib import Path

from bxnn.compiler.hardware.cascaded import cascaded_latency
from bxnn.compiler.hardware.input_serial import input_serial_latency
from bxnn.compiler.hardware.latency import total_cycles
from bxnn.compiler.hardware.pipelining import EVERY_REGISTER
from tests.vhdl.harness import LIBRARY

SIZES = range(1, 34)


def checks(wrong_by: int = 0) -> list[str]:
    """An assertion per shape and function; all of them expect ``wrong_by`` cycles too many."""
    lines = []
    for a, b in product(SIZES, repeat=2):
        for name, terms in (
            ("output", cascaded_latency(a, b, EVERY_REGISTER)),
            ("input", input_serial_latency(a, b, EVERY_REGISTER)),
        ):
            call = f"{name}_serial_latency({a}, {b})"
            lines.append(f'    assert {call} = {total_cycles(terms) + wrong_by} report "{call}" severity error;')
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
    assert len(checks()) == 2 * len(SIZES) ** 2
    assert complaints(tmp_path, checks()) == 0


def test_one_cycle_off_is_caught_in_every_shape(tmp_path: Path) -> None:
    assert complaints(tmp_path, checks(1)) == len(checks())
