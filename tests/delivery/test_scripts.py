"""Tcl of Vivado and Quartus: run by tclsh against stubs that know every command's options, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bxnn.compiler.delivery import write_package

Built = Callable[[str], Path]
STUBS = Path(__file__).with_name("stubs.tcl")
KINDS = ("plain", "tagged", "streamed")


def run_script(script: Path, work: Path, *arguments: str, slack: str = "0.1") -> tuple[int, str, list[str]]:
    """Exit code, what was printed, and the commands that were called."""
    work.mkdir(exist_ok=True)
    log = work / "log"
    done = subprocess.run(
        ["tclsh", STUBS, log, script, *arguments],
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SLACK": slack},
    )
    return done.returncode, done.stdout + done.stderr, log.read_text().splitlines()


def sources(build: Path) -> list[str]:
    return [f"hdl/{name}" for name in json.loads((build / "sim" / "interface.json").read_text())["files"]]


BUSES = ("s_axis", "m_axis")


@pytest.mark.parametrize("kind", KINDS)
def test_vivado(kind: str, built: Built, tmp_path: Path) -> None:
    package = tmp_path / "package"
    write_package(built(kind), "vivado", package)
    code, printed, calls = run_script(package / "ooc.tcl", tmp_path / "ooc", "reports", "xcku115-flvb2104-2-e")
    assert (code, printed.splitlines()[-1]) == (0, "net: PASSED"), printed
    read = [call.split()[-1] for call in calls if call.startswith("read_vhdl -vhdl2008 -library net ")]
    assert read == [str(package / name) for name in sources(built(kind))]
    assert f"read_xdc -mode out_of_context {package}/xdc/net_ooc.xdc" in calls
    synthesis = "synth_design -top net -part xcku115-flvb2104-2-e -mode out_of_context -flatten_hierarchy rebuilt"
    assert synthesis in calls and calls.index(synthesis) > calls.index(
        f"read_xdc -mode out_of_context {package}/xdc/net_ooc.xdc"
    )
    assert (tmp_path / "ooc" / "reports").is_dir()

    code, printed, calls = run_script(package / "ooc.tcl", tmp_path / "ooc", slack="-0.002")
    assert (code, printed.splitlines()[-1]) == (1, "net: FAILED: the clock is not met")
    code, printed, calls = run_script(package / "package_ip.tcl", tmp_path / "ip")
    assert code == 0, printed
    added = [call.split()[-1] for call in calls if call.startswith("add_files ")]
    assert added == [str(package / name) for name in [*sources(built(kind)), "ip/net_ip.vhd"]]
    assert calls[-1] == "ipx::save_core core"
    code, printed, calls = run_script(package / "xdc/net_ooc.xdc", tmp_path / "xdc")
    assert (code, printed) == (0, "") and "create_clock -name clk -period 3.119 ports" in calls


def test_the_wrapper_with_axi_stream_is_packaged(built: Built, tmp_path: Path) -> None:
    package = tmp_path / "package"
    write_package(built("axis"), "vivado", package)
    code, printed, calls = run_script(package / "package_axis_ip.tcl", tmp_path / "ip")
    assert code == 0, printed
    added = [call.split()[-1] for call in calls if call.startswith("add_files ")]
    assert added == [str(package / name) for name in [*sources(built("axis")), "ip/net_axis_ip.vhd"]]
    buses = [call for call in calls if "bus_interface" in call]
    signals = [" ".join(f"{bus}_{name}" for name in ("tvalid", "tready", "tdata", "tlast", "tuser")) for bus in BUSES]
    assert buses == [
        "ipx::infer_bus_interface aclk xilinx.com:signal:clock_rtl:1.0 core",
        "ipx::infer_bus_interface aresetn xilinx.com:signal:reset_rtl:1.0 core",
        f"ipx::infer_bus_interface {{ {signals[0]} }} xilinx.com:interface:axis_rtl:1.0 core",
        "ipx::associate_bus_interfaces -busif s_axis -clock aclk core",
        f"ipx::infer_bus_interface {{ {signals[1]} }} xilinx.com:interface:axis_rtl:1.0 core",
        "ipx::associate_bus_interfaces -busif m_axis -clock aclk core",
        "ipx::associate_bus_interfaces -clock aclk -reset aresetn core",
    ]
    assert any(call.startswith("set_property TOP net_axis_ip ") for call in calls)


@pytest.mark.parametrize("kind", KINDS)
def test_quartus(kind: str, built: Built, tmp_path: Path) -> None:
    package = tmp_path / "package"
    write_package(built(kind), "quartus", package)
    code, printed, calls = run_script(package / "build.tcl", tmp_path / "work", "Stratix 10", "1SG280LU3F50E1VG")
    assert code == 0, printed
    assert "set_global_assignment -name FAMILY {Stratix 10}" in calls
    files = [call.split()[3] for call in calls if "-name VHDL_FILE" in call]
    assert files == sources(built(kind))
    interface = json.loads((built(kind) / "sim" / "interface.json").read_text())
    ports = [*interface["inputs"], *interface["outputs"]]
    pins = {port["valid"] for port in ports} | {port["first"] for port in ports if port["first"]}
    for port in ports:
        width = port["bits"] * (len(port["beats"][0]) if port["beats"] else port["elements"])
        pins |= {f"{{{port['data']}[{bit}]}}" for bit in range(width)}
    pins |= {f"{{{name}[{bit}]}}" for name in ("in_tag", "out_tag") for bit in range(interface["tag_bits"])}
    pins |= {"spacing_error"} if interface["spacing_error"] else set()
    assert {call.split()[-1] for call in calls if "VIRTUAL_PIN" in call} == pins
    code, printed, _ = run_script(package / "build.tcl", tmp_path / "work", "Stratix 10")
    assert (code, printed) == (2, "build.tcl: needs two arguments: quartus_sh -t build.tcl FAMILY DEVICE\n")
    code, printed, calls = run_script(package / "net.sdc", tmp_path / "sdc")
    assert (code, printed) == (0, "") and "create_clock -name clk -period 3.119 ports" in calls


def test_ipbb_setup(built: Built, tmp_path: Path) -> None:
    write_package(built("plain"), "ipbb", tmp_path / "package")
    code, printed, calls = run_script(tmp_path / "package/firmware/cfg/net_ooc.tcl", tmp_path / "work")
    assert (code, printed) == (0, "") and len(calls) == 5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("synth_desing -top net", "unknown command: synth_desing -top net"),
        ("synth_design -topp net", "synth_design: unknown option -topp"),
        ("read_vhdl a.vhd b.vhd", "read_vhdl: 2 arguments: a.vhd b.vhd"),
        ("read_vhdl a.vhd -library", "read_vhdl: -library needs a value"),
    ],
)
def test_the_stubs_refuse_what_they_do_not_know(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "script.tcl").write_text(line)
    code, printed, _ = run_script(tmp_path / "script.tcl", tmp_path)
    assert code == 1 and printed.splitlines()[0] == message
