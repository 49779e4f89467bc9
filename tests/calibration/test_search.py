"""Widths found by a search: within a budget, or as narrow as a limit on the loss allows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import bxnn
from bxnn.compiler.calibration import spread_losses
from bxnn.compiler.calibration.formats_output import write_whole
from bxnn.compiler.calibration.width_prices import Prices
from bxnn.compiler.calibration.widths import Widths
from bxnn.compiler.cli import run
from tests.calibration.float_models import classifier, dense, drawn, events, weights, write

DESIGN = "initiation_interval: 8\nstrategy: dsp\n"


def calibrated(folder: Path, *options: str) -> int:
    model, stored = classifier(folder)
    (folder / "free.yaml").write_text(DESIGN, encoding="utf-8")
    arguments = ["calibrate", str(model), "--weights", str(stored), "--events", str(events(folder))]
    return run([*arguments, "-c", str(folder / "free.yaml"), "-o", str(folder / "formats.yaml"), *options])


def compiled(folder: Path, budget: str = "{}") -> int:
    model, stored = classifier(folder)
    config = folder / "design.yaml"
    config.write_text(f"{DESIGN}formats: formats.yaml\nbudget: {budget}\n", encoding="utf-8")
    return run(["compile", str(model), "--weights", str(stored), "-c", str(config), "-o", str(folder / "build")])


def test_a_budget_is_met_with_as_few_lost_bits_as_needed(tmp_path: Path) -> None:
    assert calibrated(tmp_path, "--bits", "3") == 0 and compiled(tmp_path) == 0
    narrow = bxnn.load(tmp_path / "build").report
    assert narrow.predicted is not None and narrow.calibration is not None and narrow.calibration.trade_off == ()
    lut, dsp = narrow.predicted.lut, narrow.dsp
    assert calibrated(tmp_path) == 0
    assert compiled(tmp_path, f"{{lut: {lut}, dsp: {dsp}}}") == 1
    assert calibrated(tmp_path, "--budget", f"lut={lut},dsp={dsp}") == 0
    assert (tmp_path / "formats.png").read_bytes().startswith(b"\x89PNG")
    assert compiled(tmp_path, f"{{lut: {lut}, dsp: {dsp}}}") == 0
    report = bxnn.load(tmp_path / "build").report
    assert report.predicted is not None and report.predicted.lut <= lut and report.dsp <= dsp
    assert report.calibration is not None and report.calibration.trade_off
    assert all(step.lut <= lut and step.dsp <= dsp for step in report.calibration.trade_off)
    assert "Trade-off: bits lowered, added or exchanged" in (tmp_path / "build" / "report.md").read_text(
        encoding="utf-8"
    )


def test_a_search_keeps_more_than_uniform_widths_of_its_cost(tmp_path: Path) -> None:
    """Costs go in steps, which a search that only lowers bits cannot use."""
    assert calibrated(tmp_path, "--bits", "4") == 0 and compiled(tmp_path) == 0
    uniform = bxnn.load(tmp_path / "build").report
    assert uniform.predicted is not None and uniform.calibration is not None
    lut, dsp = uniform.predicted.lut, uniform.dsp
    assert calibrated(tmp_path, "--budget", f"lut={lut},dsp={dsp}") == 0
    assert compiled(tmp_path, f"{{lut: {lut}, dsp: {dsp}}}") == 0
    found = bxnn.load(tmp_path / "build").report
    assert found.calibration is not None and found.calibration.loss < 0.7 * uniform.calibration.loss
    steps = found.calibration.trade_off
    assert all(later.loss < earlier.loss for earlier, later in pairwise(steps) if later.raised)


def test_a_bit_always_costs_something() -> None:
    """Gains are divided by it, also where the scheduler sees no difference."""
    prices = Prices({}, {}, {"": np.array([[2.0, 8.0], [0.0, 0.0], [0.0, 0.0]])}, 100.0)
    widths = Widths(8, 4, {("fc1_sum", "output"): 5})
    for place in (("fc1_sum", "output"), ("fc2", "kernel")):
        assert prices.worth(widths.raised(place)) > prices.worth(widths) > prices.worth(widths.lowered(place))


def test_results_that_no_layer_with_weights_reads(tmp_path: Path) -> None:
    """What tables read has widths, too; the last layer has another name in the firmware."""
    rng = np.random.default_rng(3)
    layers = [dense("fc1", 4, activation="tanh"), dense("out", 2, activation="tanh")]
    arrays = weights("fc1", (3, 4), rng) | weights("out", (4, 2), rng)
    model, stored = write(tmp_path, layers, (3,), arrays)
    formats = bxnn.calibrate(model, drawn(200, (3,), 1), weights=stored, loss=0.02)
    assert formats.measured.trade_off and formats.measured.rms_error < 0.2
    assert bxnn.compile(model, tmp_path / "build", stored, formats=formats).calibration == formats.measured


def test_a_budget_out_of_reach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrated(tmp_path, "--budget", "lut=5") == 1
    error = capsys.readouterr().err
    assert error.startswith("--budget: cannot be met, even with 2 bits everywhere: ") and error.count("\n") == 1
    assert not (tmp_path / "formats.yaml").exists()


def test_a_limit_on_the_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrated(tmp_path, "--loss", "0.01") == 0
    assert compiled(tmp_path) == 0
    report = bxnn.load(tmp_path / "build").report
    assert report.calibration is not None
    assert max(step.loss for step in report.calibration.trade_off) <= 0.01
    capsys.readouterr()
    assert calibrated(tmp_path, "--loss", "1e-12") == 1
    start, end = "--loss 1e-12: is out of reach; the best reached is ", ": allow more loss, or more --input-bits\n"
    error = capsys.readouterr().err
    assert error.startswith(start) and error.endswith(end)


def test_an_interrupted_search_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calibrated(tmp_path, "--loss", "0.01") == 0
    whole = (tmp_path / "formats.yaml").read_text(encoding="utf-8")
    (tmp_path / "formats.yaml").unlink()
    calls = list[Path]()

    def interrupt(path: Path, contents: bytes) -> None:
        write_whole(path, contents)
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("bxnn.compiler.calibration.calibrate_files.write_whole", interrupt)
    capsys.readouterr()
    assert calibrated(tmp_path, "--loss", "0.01") == 130
    assert capsys.readouterr().err == "bxnn: interrupted; the same command resumes the search\n"
    assert not (tmp_path / "formats.yaml").exists()
    progress = calls[-1]
    assert progress.name == ".formats.yaml.progress.json" and progress.exists()
    assert calibrated(tmp_path, "--loss", "0.01") == 0
    assert (tmp_path / "formats.yaml").read_text(encoding="utf-8") == whole
    assert not progress.exists()


WRONG = [
    (("--bits", "6", "--loss", "0.1"), "--bits and --loss: exclude each other; keep one"),
    (("--budget", "dsp"), "--budget dsp: is not a list of limits such as dsp=9,lut=2000,latency_ns=300"),
    (("--budget", "luts=9"), "--budget luts=9: limit 'luts' is unknown; did you mean 'lut'?"),
    (("--budget", "dsp=1.5"), "--budget dsp=1.5: dsp 1.5 is not an integer"),
    (("--budget", "dsp=1,dsp=2"), "--budget dsp=1,dsp=2: dsp is given twice; keep one"),
    (("--budget", "latency_ns=0"), "--budget latency_ns=0: latency_ns 0 is not positive"),
    (("--loss", "0"), "--loss 0: is not a positive number"),
    (("--percentile", "0"), "--percentile 0: is not a percentage of up to 100"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_wrong_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    assert calibrated(tmp_path, *options) == 2
    assert capsys.readouterr().err == f"{message}\n"


@pytest.mark.slow
def test_other_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibrated(tmp_path, "--loss", "0.02") == 0
    alone = (tmp_path / "formats.yaml").read_bytes()
    monkeypatch.setattr(spread_losses, "one_by_one", None)  # what this process would do
    assert calibrated(tmp_path, "--loss", "0.02", "--cluster", "local") == 0
    assert (tmp_path / "formats.yaml").read_bytes() == alone
