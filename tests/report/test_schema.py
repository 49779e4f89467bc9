"""report.json has a version and a published schema; older reports are read, newer ones refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from bxnn.compiler.errors import InputError
from bxnn.compiler.report import load_report, save_report
from bxnn.compiler.report.report_model import SCHEMA_VERSION
from bxnn.compiler.report.report_schema import schema_text
from tests.report.network import measured_report, tiny_report

PUBLISHED = Path(__file__).resolve().parents[2] / "docs/report.schema.json"
ADDED_IN_2 = ("schema_version", "device_use")


def test_the_published_schema_is_that_of_the_code() -> None:
    """Otherwise: python -m bxnn.compiler.report.report_schema > docs/report.schema.json."""
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text()


def test_reports_follow_the_schema() -> None:
    validator = Draft202012Validator(json.loads(schema_text()))
    for report in (tiny_report(), measured_report()):
        written = report.model_dump(mode="json")
        validator.validate(written)
        with pytest.raises(ValidationError):
            validator.validate({**written, "latency_cycles": "many"})
        with pytest.raises(ValidationError):
            validator.validate({**written, "unknown": 1})


def test_a_report_of_version_1_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    old = {key: value for key, value in measured_report().model_dump(mode="json").items() if key not in ADDED_IN_2}
    old["board"] = {key: value for key, value in old["board"].items() if key not in ("ff", "bram36")}
    path.write_text(json.dumps(old), encoding="utf-8")
    found = load_report(path)
    assert (found.latency_cycles, found.device_use, found.board.ff) == (measured_report().latency_cycles, None, None)


def test_a_newer_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    save_report(tiny_report().model_copy(update={"schema_version": SCHEMA_VERSION + 1}), path)
    with pytest.raises(InputError) as caught:
        load_report(path)
    assert str(caught.value) == (
        f"{path}: has schema version {SCHEMA_VERSION + 1}, and this bxnn reads up to {SCHEMA_VERSION}; "
        "use the bxnn that wrote it"
    )


def test_device_use_is_the_share_of_what_is_known() -> None:
    predicted, measured = tiny_report(), measured_report()
    assert predicted.device_use is not None and predicted.predicted is not None
    assert predicted.device_use.dsp == predicted.dsp / predicted.board.dsp
    assert predicted.device_use.lut == predicted.predicted.lut / predicted.board.lut
    assert measured.device_use is not None and measured.resources is not None and measured.board.ff is not None
    assert measured.device_use.ff == measured.resources.ff / measured.board.ff
