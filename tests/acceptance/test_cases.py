"""Small networks based on public bug reports: compiled in both forms, every engine gives the framework's outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.driver import compile_model, predict
from bxnn.compiler.verification import csim, simulate

CASES = Path(__file__).parents[2].parent / "shared/cases"
OUTPUTS = {
    "zero_kernel": ("fc",),
    "add_same_tensor": ("a",),
    "dense_on_particles": ("phi",),
    "name_56_characters": ("a" * 56,),
    "softmax_output_dropped": ("logits", "probs"),
}


def expected(case: str) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """The framework's outputs; for a softmax, the logits from which it was made."""
    with np.load(CASES / case / "expected.npz") as stored:
        values = [stored[f"y{index}"].astype(np.float64) for index in range(len(stored.files))]
    return [values[0], values[0]] if case == "softmax_output_dropped" else values


@pytest.mark.third_party
@pytest.mark.parametrize("strategy", ["auto", "dsp", "lut"])
@pytest.mark.parametrize("case", OUTPUTS)
def test_case(case: str, strategy: str, tmp_path: Path) -> None:
    folder, build = CASES / case, tmp_path / "build"
    config = tmp_path / "design.yaml"
    config.write_text(f"{(folder / 'design.yaml').read_text()}strategy: {strategy}\n")
    report = compile_model(folder / "model.h5", None, config, build)
    assert tuple(port.name for port in report.outputs) == OUTPUTS[case]
    suffix = "npy" if len(OUTPUTS[case]) == 1 else "npz"
    predict(build, folder / "x.npz", tmp_path / f"y.{suffix}")
    found = np.load(tmp_path / f"y.{suffix}")
    ours = [found] if suffix == "npy" else [found[name] for name in OUTPUTS[case]]
    assert all(np.array_equal(a, b) for a, b in zip(ours, expected(case), strict=True))
    if strategy == "auto":
        for measured in (simulate(build, folder / "x.npz", None).simulation, csim(build, folder / "x.npz", None).csim):
            assert measured is not None and (measured.passed, measured.mismatches) == (True, 0)
