"""Pattern files of EMP and MP7 boards: their grammar, what they say, and the test bench that plays them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler import verification
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.cli import command_line as cli
from bxnn.compiler.delivery import write_package
from bxnn.compiler.delivery.patterns import MOST_FRAMES, most_events
from bxnn.compiler.hardware.port_interface import Interface
from bxnn.compiler.report import load_report
from bxnn.sim.reference import Reference
from tests.delivery.builds import analysed, bench_of, ghdl

FRAMES = {
    "emp": re.compile(r"Frame (\d{4})  ((?:  [01]{4} [0-9a-f]{16})+)"),
    "mp7": re.compile(r"Frame (\d{4}) :((?: [01]v[0-9a-f]{8})+)"),
}
HEADS = {
    "emp": (
        r"ID: net\nMetadata: \(strobe,\) start of orbit, start of packet, end of packet, valid\n\n"
        r"      Link  (?:  +\d+)+\n"
    ),
    "mp7": r"Board net\n Quad/Chan :(?: q\d\dc[0-3])+\n      Link :(?: +\d\d)+\n",
}
BITS = {"emp": 64, "mp7": 32}


def read(text: str, kind: str) -> list[tuple[str, int]]:
    """Flags and bits of each frame."""
    head = re.match(HEADS[kind], text)
    assert head is not None, text[:200]
    found = []
    for number, line in enumerate(text[head.end() :].splitlines()):
        match = FRAMES[kind].fullmatch(line)
        assert match is not None and int(match[1]) == number, line
        words = re.findall(r"([01]{4} |[01]v)([0-9a-f]+)", match[2])
        assert len({flags for flags, _ in words}) == 1
        bits = sum(int(word, 16) << (BITS[kind] * link) for link, (_, word) in enumerate(words))
        found.append((words[0][0].strip("v "), bits))
    return found


@pytest.mark.parametrize("kind", ["decided", "merged", "held", "streamed", "padded"])
def test_patterns(kind: str, built: Callable[[str], Path], tmp_path: Path) -> None:
    """The files say what the vectors say, and the test bench passes with them, but not with a wrong bit."""
    package = tmp_path / "package"
    write_package(built(kind), "vhdl", package)
    interface = Interface.load(built(kind) / "sim" / "interface.json")
    formats = ["emp"] if kind == "streamed" else ["emp", "mp7"]
    assert {path.name for path in (package / "tb").glob("*_*.txt")} == {
        f"{form}_{side}.txt" for form in formats for side in ("in", "out")
    }
    rows = [line.split() for line in (package / "tb" / "vectors.txt").read_text().splitlines()[1:]]
    for form in formats:
        sent, due = (read((package / "tb" / f"{form}_{side}.txt").read_text(), form) for side in ("in", "out"))
        assert len(sent) == len(due) <= MOST_FRAMES
        given = [(cycle, bits) for cycle, (flags, bits) in enumerate(sent) if flags[-1] == "1"]
        found = [(cycle, bits) for cycle, (flags, bits) in enumerate(due) if flags[-1] == "1"]
        assert len(given) == interface.beats * len(found) > interface.beats
        for number, (cycle, bits) in enumerate(found):
            assert cycle == given[number * interface.beats][0] + interface.latency_cycles
            for port, word in zip(interface.outputs, rows[number][len(interface.inputs) :], strict=True):
                assert bits & ((1 << port.width) - 1) == int(word, 16)
                bits >>= port.width
        if form == "emp":
            assert [flags[0] for flags, _ in sent].count("1") == 1
            assert (
                [flags[1] for flags, _ in sent].count("1") == [flags[2] for flags, _ in sent].count("1") == len(found)
            )
    run_benches(package, formats, tmp_path / "work")


def run_benches(package: Path, formats: list[str], work: Path) -> None:
    bench_of(package, work, "lib", "net")
    analysed(work, "lib", [package / "tb" / "net_pattern_tb.vhd"])
    done = ghdl(work, "-e", "--std=08", "--work=lib", "-P.", "net_pattern_tb")
    assert done.returncode == 0, done.stderr
    for form in formats:
        expected = package / "tb" / f"{form}_out.txt"
        spoiled = work / "spoiled.txt"
        spoiled.write_text(
            re.sub(r"(1v?\s?)([0-9a-f]{7,15})([0-9a-f])$", wrong, expected.read_text(), flags=re.MULTILINE)
        )
        assert spoiled.read_text() != expected.read_text()
        for file, code, last in ((expected, 0, "PASSED: net"), (spoiled, 1, "FAILED: net")):
            generics = [f"-gSENT={package}/tb/{form}_in.txt", f"-gEXPECTED={file}", f"-gLINK_BITS={BITS[form]}"]
            command = ["-r", "--std=08", "--work=lib", "-P.", "net_pattern_tb", *generics, "--ieee-asserts=disable"]
            done = ghdl(work, *command)
            assert (done.returncode, last in done.stdout) == (code, True), done.stdout[-2000:] + done.stderr[-500:]


def wrong(match: re.Match[str]) -> str:
    """The word with another bit 0."""
    return f"{match[1]}{match[2]}{int(match[3], 16) ^ 1:x}"


def test_simulate_writes_its_events(
    built: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first events of the file that was simulated, and what the reference computes."""
    build, folder = built("decided"), tmp_path / "patterns"
    report = load_report(build / "report.json")
    monkeypatch.setattr(verification, "simulate", lambda *_: report)
    reference = Reference(Build(build).graph)
    np.save(tmp_path / "x.npy", np.random.default_rng(1).normal(size=(500, *reference.tensors["x"].shape)))
    told = ["simulate", str(build), "--input", str(tmp_path / "x.npy"), "--quiet", "--patterns"]
    assert cli.run([*told, str(folder)]) == 0
    interface = Interface.load(build / "sim" / "interface.json")
    sent, due = (read((folder / f"emp_{side}.txt").read_text(), "emp") for side in ("in", "out"))
    given = [bits for flags, bits in sent if flags[-1] == "1"]
    found = [bits for flags, bits in due if flags[-1] == "1"]
    assert len(given) == len(found) == most_events(interface) < 500 and len(due) <= MOST_FRAMES
    codes = reference.quantize_inputs({"x": np.load(tmp_path / "x.npy")[: len(given)]})
    results = reference.output_codes(codes)
    for ports, values, seen in ((interface.inputs, codes, given), (interface.outputs, results, found)):
        for event, bits in enumerate(seen):
            for port in ports:
                for code in values[port.name][event].ravel().astype(int):
                    assert bits & ((1 << port.bits) - 1) == code & ((1 << port.bits) - 1)
                    bits >>= port.bits
            assert bits == 0
    assert cli.run([*told, str(build / "patterns")]) == 2
    assert cli.run([*told, str(tmp_path / "x.npy")]) == 2
    assert capsys.readouterr().err == (
        f"{build / 'patterns'}: is inside the build; name a folder outside it with --patterns\n"
        f"{tmp_path / 'x.npy'}: is a file; name a folder with --patterns\n"
    )
