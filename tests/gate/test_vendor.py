"""``bxnn timing``: reports of Vivado and Quartus beside the prediction, what is refused; and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bxnn.compiler import cli
from bxnn.compiler.delivery import write_package
from tests.builds.folders import content
from tests.delivery.builds import compiled
from tests.gate.vendor_reports import FIT, STA, TIMING, UTILIZATION


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("vendor") / "net", "plain")


def run(build: Path, tool: str, texts: list[str], folder: Path) -> int:
    arguments = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.rpt"
        path.write_text(text, encoding="utf-8")
        arguments += [f"--{tool}", str(path)]
    return cli.run(["timing", str(build), *arguments, "--json"])


def vendor(build: Path) -> dict[str, object]:
    found = json.loads((build / "report.json").read_text(encoding="utf-8"))["vendor"]
    assert isinstance(found, dict)
    assert [len(file["sha256"]) for file in found.pop("files")] == [64, 64]
    return {name: value for name, value in found.items() if value is not None}


def test_vivado(build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(build, "vivado", [UTILIZATION, TIMING], tmp_path) == 0
    assert json.loads(capsys.readouterr().out)["vendor"]["setup_slack_ns"] == 0.104
    found = vendor(build)
    assert found.pop("max_clock_mhz") == pytest.approx(331.675, abs=1e-3)
    assert found == {
        "tool": "Vivado",
        "version": "Vivado v.2023.2 (lin64) Build 4029153 Fri Oct 13 20:13:54 MDT 2023",
        "device": "xcvu9p-flga2104",
        "state": "Routed",
        "period_ns": 3.119,
        "setup_slack_ns": 0.104,
        "hold_slack_ns": 0.011,
        "failing_endpoints": 0,
        "dsp": 62,
        "lut": 9412,
        "ff": 9034,
        "bram": 25,
        "uram": 0,
    }
    page = (build / "report.md").read_text(encoding="utf-8")
    write_package(build, "vhdl", tmp_path / "package")
    package = (tmp_path / "package" / "README.md").read_text(encoding="utf-8")
    assert "Vivado has run it, with a worst setup slack of 0.104 ns: `bxnn timing` read its reports." in package
    assert "| Vivado: Routed | 62 | 9412 | 9034 | 25 |" in package and "No vendor tool" not in package
    assert "Vivado: setup slack" in page and "0.104 ns, closes at 331.7 MHz" in page


def test_an_older_tool_and_family(build: Path, tmp_path: Path) -> None:
    old = UTILIZATION.replace("| Prohibited ", "").replace("|          0 ", "").replace("CLB LUTs ", "Slice LUTs*")
    old = old.replace("CLB Registers", "Slice Registers").replace("xcvu9p-flga2104-2-e", "vu9pflga2104-2")
    assert "Prohibited" not in old
    assert run(build, "vivado", [old, TIMING.replace("\n", "\r\n")], tmp_path) == 0
    found = vendor(build)
    assert (found["lut"], found["ff"], found["dsp"]) == (9412, 9034, 62)


def test_quartus(build: Path, tmp_path: Path) -> None:
    assert run(build, "quartus", [FIT, STA], tmp_path) == 0
    found = vendor(build)
    assert found.pop("max_clock_mhz") == pytest.approx(331.69, abs=1e-2)
    assert found == {
        "tool": "Quartus",
        "version": "23.1.0 Build 115 03/30/2023 SC Pro Edition",
        "device": "AGFB014R24B2E2V",
        "state": "Successful",
        "setup_slack_ns": 0.104,
        "hold_slack_ns": 0.012,
        "dsp": 62,
        "alm": 9412,
        "ff": 9034,
        "memory_blocks": 3,
    }


def test_a_missed_clock_is_a_failure(build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = TIMING.replace(
        "      0.104        0.000                      0", "     -0.118       -1.402                     31"
    )
    assert run(build, "vivado", [late, UTILIZATION], tmp_path) == 1
    assert capsys.readouterr().err == "net: setup slack -0.118 ns in Vivado, at 320.632 MHz\n"
    found = vendor(build)
    assert (found["setup_slack_ns"], found["failing_endpoints"]) == (-0.118, 31)


V, Q = "vivado", "quartus"
REFUSED = {
    "no report": (
        (V, ["hello"]),
        "0.rpt: is neither a utilization report nor a timing summary of Vivado; write them with report_utilization "
        "-file and report_timing_summary -file",
    ),
    "a report of the other tool": (
        (Q, [TIMING]),
        "0.rpt: is neither a fitter summary nor a timing summary of Quartus; give the files .fit.summary, .sta.summary",
    ),
    "two of a kind": ((V, [TIMING, TIMING]), "1.rpt: is a second timing summary, after {folder}/0.rpt; give one"),
    "another design": (
        (V, [TIMING.replace(": net", ": top_board")]),
        "0.rpt: is of the design top_board, not of net; give the report of net alone",
    ),
    "another device": (
        (V, [TIMING.replace("xcvu9p-", "xcku115-")]),
        "0.rpt: is for xcku115-flga2104, but the build is for xcvu9p-flga2104-2-e; compile it for that part",
    ),
    "another clock": (
        (V, [TIMING.replace("3.119  ", "4.000  ")]),
        "0.rpt: has clocks of 4.000 ns, but the build is for 3.119 ns; compile it with that clock_mhz",
    ),
    "no clock": (
        (V, [TIMING.split("Clock  Waveform")[0]]),
        "0.rpt: has no clock in its clock summary; constrain clk with the XDC of the package",
    ),
    "nothing constrained": (
        (V, [TIMING.replace("      0.104        0.000", "         NA           NA")]),
        "0.rpt: has no constrained path; read the XDC of the package before report_timing_summary",
    ),
    "cut off": (
        (V, [TIMING.split("    -------      -------")[0]]),
        "0.rpt: ends before its numbers; write it again with report_timing_summary -file",
    ),
    "no number": (
        (V, [UTILIZATION.replace("12.5", "many")]),
        "0.rpt: has 'many' for Block RAM Tile, which is not a number; write it again",
    ),
    "no DSPs": (
        (V, [UTILIZATION.replace("| DSPs ", "| PSDs ")]),
        "0.rpt: has no row DSPs or DSP Slices; write it again with report_utilization -file",
    ),
    "failed fit": (
        (Q, [FIT.replace("Successful", "Failed")]),
        "0.rpt: says 'Failed - Tue Mar  5 11:02:31 2024'; fit the design first",
    ),
    "no setup": (
        (Q, [STA.replace("Setup", "Recovery")]),
        "0.rpt: has no setup slack; read the SDC of the package before the timing analysis",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tool, texts), message = REFUSED[case]
    before = content(build)
    assert run(build, tool, texts, tmp_path) == 2
    assert capsys.readouterr().err == f"{tmp_path}/{' '.join(message.format(folder=tmp_path).split())}\n"
    assert content(build) == before


@pytest.mark.parametrize("arguments", [[], ["--vivado", "a.rpt", "--quartus", "b.summary"]])
def test_reports_of_one_tool(arguments: list[str], build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["timing", str(build), *arguments]) == 2
    message = "bxnn timing: Invalid value: needs reports of one tool: --vivado FILE or --quartus FILE.\n"
    assert capsys.readouterr().err == message


def test_a_missing_file(build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["timing", str(build), "--vivado", str(tmp_path / "no.rpt")]) == 2
    assert capsys.readouterr().err == f"{tmp_path}/no.rpt: cannot be read: No such file or directory\n"
