"""bxnn prove: entities of a build, a whole network, the overflow certificate; what it says of a broken one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bxnn.compiler import cli, verification
from bxnn.compiler.backend.build_folder import Build
from bxnn.compiler.errors import ChecksFailedError
from bxnn.compiler.gate.measurements import proven
from bxnn.compiler.report import Proofs, WhyNotProven, load_report
from bxnn.compiler.verification import prove_build
from bxnn.compiler.verification.accumulator_bounds import Accumulator
from bxnn.compiler.verification.certificate_check import broken_bounds
from bxnn.compiler.verification.overflow_certificate import CERTIFICATE, LayerBounds, certify, load
from bxnn.sim import toolchain
from bxnn.sim.proof import library_cases
from tests.proof.small_networks import NETWORKS, compiled


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of one layer in DSP slices."""
    return compiled("one_cycle", tmp_path_factory.mktemp("proven") / "small")


@pytest.fixture
def one_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """One case for each of two entities: all of them are proven in test_entities.py."""
    kept = {"bxnn_requantize": "relu", "bxnn_valid_delay": "four"}
    cases = tuple(case for case in library_cases.CASES if kept.get(case.entity) == case.label)
    assert len(cases) == 2
    monkeypatch.setattr(library_cases, "CASES", cases)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove_build, "MOST_EVENTS", 1)


@pytest.fixture
def no_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_cases, "CASES", ())


def copied(built: Path, folder: Path, file: str, change: Callable[[str], str]) -> Path:
    """A copy of the build with a file changed."""
    copy = folder / "small"
    shutil.copytree(built, copy, symlinks=True)
    path = copy / "vhdl" / file
    text = path.read_text()
    assert change(text) != text
    path.write_text(change(text))
    return copy


def proofs(build: Path) -> Proofs:
    found = load_report(build / "report.json").proofs
    assert found is not None
    return found


@pytest.mark.usefixtures("one_case")
def test_a_small_network_is_proven(built: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.run(["prove", str(built), "--json", "--junit", str(tmp_path / "prove.xml")]) == 0
    answer = json.loads(capsys.readouterr().out)["proofs"]
    assert [(each["entity"], each["case"], each["cycles"], each["proven"]) for each in answer["entities"]] == [
        ("bxnn_requantize", "relu", None, True),
        ("bxnn_valid_delay", "four", None, True),
    ]
    assert (answer["network"]["events"], answer["network"]["proven"], answer["passed"]) == (512, True, True)
    assert answer["certificate"]["holds"] and answer["certificate"]["layers"] == 1
    assert Proofs.model_validate(answer) == proofs(built)
    assert all(check.passed for check in proven(load_report(built / "report.json")))
    suite = (tmp_path / "prove.xml").read_text()
    assert 'tests="4"' in suite and 'failures="0"' in suite and "proofs.network.proven" in suite
    bounds = load(built / "sim" / "proofs" / CERTIFICATE)
    assert sum(len(layer.accumulators) for layer in bounds) == answer["certificate"]["accumulators"] > 0


@pytest.mark.usefixtures("no_cases")
@pytest.mark.parametrize(
    "name", ["adders", *(pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS if name != "adders")]
)
def test_networks_are_proven_whatever_their_bindings(name: str, tmp_path: Path) -> None:
    found = verification.prove(compiled(name, tmp_path / "small")).proofs
    assert found is not None and found.network.proven and found.certificate.holds


def test_what_instantiates_primitives_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ("bxnn_mac_cascade", "bxnn_valid_delay")
    monkeypatch.setattr(library_cases, "CASES", tuple(case for case in library_cases.CASES if case.entity in kept))
    found = verification.prove(compiled("instantiated", tmp_path / "small")).proofs
    assert found is not None and found.passed and "bxnn_mac_cascade" in found.unproven
    assert {each.entity for each in found.entities} == {"bxnn_valid_delay"}
    assert found.network.why_not is WhyNotProven.PRIMITIVES and found.certificate.accumulators > 0


@pytest.mark.usefixtures("one_case", "no_network")
def test_a_wrong_entity_is_refuted(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "half and (rest or t(s))"
    copy = copied(built, tmp_path, "lib/bxnn_requantize.vhd", lambda text: text.replace(rule, "half"))
    assert cli.run(["prove", str(copy), "--trust"]) == 1
    changed = "vhdl/lib/bxnn_requantize.vhd was changed after bxnn wrote it"
    told = f"small: bxnn_requantize is not what its specification says (case relu); {changed}\n"
    assert capsys.readouterr().err == told
    assert [each.proven for each in proofs(copy).entities] == [False, True] and not proofs(copy).passed
    assert proofs(copy).network.why_not is WhyNotProven.WIDE_INPUT and proofs(copy).network.proven is None


@pytest.mark.usefixtures("no_cases")
def test_a_wrong_network_is_refuted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built = compiled("adders", tmp_path / "built")
    copy = copied(built, tmp_path, "small_scores.vhd", lambda text: text.replace("RND_CONV", "RND"))
    assert cli.run(["prove", str(copy), "--trust"]) == 1
    changed = "vhdl/small_scores.vhd was changed after bxnn wrote it"
    told = f"small: the network does not answer all events as the reference does; {changed}\n"
    assert capsys.readouterr().err == told


@pytest.mark.slow
@pytest.mark.usefixtures("no_cases")
def test_a_reset_that_ends_early_is_refuted(tmp_path: Path) -> None:
    """Resets are part of the proof, with an event in the first cycle after each."""
    built = compiled("low_reset", tmp_path / "built")
    early = copied(
        built, tmp_path, "lib/bxnn_reset_adapter.vhd", lambda text: text.replace("<= stage(2)", "<= stage(1)")
    )
    with pytest.raises(ChecksFailedError):
        verification.prove(early, trust=True)
    assert proofs(early).network.proven is False


def narrower(layer: LayerBounds, index: int, low: int = 0, high: int = 0, bits: int = 0) -> LayerBounds:
    """The certificate of a layer with the bounds of one accumulator changed."""
    least, greatest, width = layer.accumulators[index]
    changed = (least + low, greatest + high, width + bits)
    return replace(layer, accumulators=(*layer.accumulators[:index], changed, *layer.accumulators[index + 1 :]))


def test_every_bound_counts(built: Path) -> None:
    build = Build(built)
    bounds = certify(build)
    assert list(broken_bounds(bounds, build.vhdl)) == []
    for index in range(len(bounds[0].accumulators)):
        for change in ({"low": 1}, {"high": -1}, {"bits": -1}):
            (problem,) = broken_bounds([narrower(bounds[0], index, **change)], build.vhdl)
            assert problem.startswith("fc: ") and ", the certificate says " in problem


def test_a_bit_less_is_found(built: Path, tmp_path: Path) -> None:
    """A width that the VHDL gives, lowered by one, is one too few for some sum."""
    bounds = certify(Build(built))
    width = bounds[0].accumulators[-1][2]
    file = bounds[0].file
    constant = "ACCUM_BITS : positive := "
    copy = copied(built, tmp_path, file, lambda text: text.replace(f"{constant}{width};", f"{constant}{width - 1};"))
    problems = list(broken_bounds(bounds, Build(copy).vhdl))
    assert problems and all(problem.startswith("fc: ") for problem in problems)


def test_an_accumulator_fits_its_bits_exactly() -> None:
    assert Accumulator("a", -8, 7, 4).fits and Accumulator("a", 0, 15, 4, signed=False).fits
    assert not Accumulator("a", -9, 0, 4).fits and not Accumulator("a", 0, 8, 4).fits
    assert not Accumulator("a", 0, 16, 4, signed=False).fits and not Accumulator("a", -1, 0, 4, signed=False).fits


def test_a_build_without_vhdl(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "small"
    shutil.copytree(built, copy, symlinks=True)
    shutil.rmtree(copy / "vhdl")
    assert cli.run(["prove", str(copy)]) == 2
    assert capsys.readouterr().err == f"{copy}/vhdl/files.txt: is missing; compile again\n"


@pytest.mark.parametrize("tool", ["ghdl", "yosys"])
def test_a_missing_solver(
    tool: str, built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = replace(toolchain.tool(tool), path=None, version=None)
    found = toolchain.tool
    monkeypatch.setattr(toolchain, "tool", lambda name: missing if name == tool else found(name))
    assert cli.run(["prove", str(built)]) == 2
    assert capsys.readouterr().err.startswith(f"{tool}: is not installed; install it with: ")
