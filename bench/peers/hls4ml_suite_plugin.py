"""A plugin of pytest that runs hls4ml's tests with bxnn as the back end and records what becomes of each."""

from __future__ import annotations

import copy
import json
import os
import random
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

RESULTS, KERAS, SAMPLE, COMPARE = "BXNN_SUITE_RESULTS", "BXNN_SUITE_KERAS", "BXNN_SUITE_SAMPLE", "BXNN_SUITE_COMPARE"
SECONDS, EACH = "BXNN_SUITE_SECONDS", "BXNN_SUITE_EACH"
STARTED = "started"  # of a test that never ended: the process did
BACKENDS = ("vitis", "vivado", "quartus", "oneapi", "catapult", "vivadoaccelerator")  # one is kept, the first of these
_NOT_COMPARED = (
    "Softmax",
    "SimpleRNN",
)  # one is left out of the firmware; hls4ml's C++ for Vitis never computes the other
_SEED = 1
_begin = time.monotonic()
_compared = [0, 0]  # values of the running test, and how many of them differ


@dataclass(frozen=True)
class Outcome:
    """What became of a test.

    Attributes:
        test: Its name.
        kind: ``passed``, ``skipped``, ``refused`` (one line of bxnn), ``crashed`` (in bxnn, or with the process),
            ``stopped`` (after the time that each test has), or ``failed``.
        reason: The message without names and numbers, so that equal reasons can be counted.
        compared: Values compared with hls4ml's C simulation.
        different: How many of them differ.
    """

    test: str
    kind: str
    reason: str = ""
    compared: int = 0
    different: int = 0


class TestStopped(BaseException):
    """A test took longer than each may; no ``except Exception`` of the test catches it."""

    __test__ = False


def rank(value: object) -> int | None:
    """Place of a back end among those that may be replaced; ``None`` for anything else."""
    return BACKENDS.index(value.lower()) if isinstance(value, str) and value.lower() in BACKENDS else None


def replaced(value: Any) -> Any:
    """A parameter with bxnn in the place of a back end, also in a tuple."""
    if type(value) in (tuple, list):
        return type(value)(map(replaced, value))
    return value if rank(value) is None else "bxnn"


def one_of_each(parameters: Iterable[tuple[str, dict[str, Any]]]) -> list[int]:
    """Which tests to keep of those that differ only in the back end: one of each.

    Args:
        parameters: Name of the function and parameters of every test.
    """
    kept: dict[str, tuple[list[int], int]] = {}
    for place, (name, given) in enumerate(parameters):
        key = repr((name, sorted((role, repr(replaced(value))) for role, value in given.items())))
        parts = [part for value in given.values() for part in (value if isinstance(value, tuple | list) else [value])]
        ranks = [found for found in map(rank, parts) if found is not None]
        if key not in kept or ranks < kept[key][0]:
            kept[key] = ranks, place
    return sorted(place for _, place in kept.values())


def kind_of(error: BaseException) -> str:
    """``refused``, ``crashed`` or ``failed`` for what a test raised."""
    from bxnn.compiler.errors import InputError, InternalError

    if isinstance(error, TestStopped):
        return "stopped"
    if isinstance(error, InputError | Warning):  # a test may turn a notice of a finished build into an error
        return "refused"
    frames = traceback.extract_tb(error.__traceback__)
    ours = bool(frames) and "/bxnn/" in frames[-1].filename
    return "crashed" if ours or isinstance(error, InternalError) else "failed"


def reason_of(error: BaseException) -> str:
    """A message without the subject's name and without numbers."""
    text = re.sub(r"^[^:]*?(\(\w+\)): ", r"\1: ", str(error).partition("\n")[0])
    return f"{type(error).__name__}: {re.sub(r'[0-9]+', 'N', text)}"[:160]


def pytest_configure(config: Any) -> None:
    """Give the tests the chosen Keras, and their calls without a back end bxnn."""
    if os.environ.get(KERAS) == "2":
        import tf_keras

        sys.modules["keras"] = tf_keras
    import hls4ml

    for name in ("keras", "pytorch", "onnx"):
        for module, verb in ((hls4ml.converters, "convert"), (hls4ml.utils, "config")):
            function = f"{verb}_from_{name}_model"
            setattr(module, function, _with_bxnn(getattr(module, function), verb == "convert"))


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Keep one test of those that differ in the back end, and let it have bxnn."""
    specs = [getattr(item, "callspec", None) for item in items]
    given = [dict(spec.params) if spec else {} for spec in specs]
    keep = one_of_each((item.nodeid.partition("[")[0], own) for item, own in zip(items, given, strict=True))
    for spec in specs:
        if spec:
            spec.params.update({role: replaced(value) for role, value in spec.params.items()})
    sample = int(os.environ.get(SAMPLE) or 0)
    if sample:
        keep = sorted(random.Random(_SEED).sample(keep, min(sample, len(keep))))
    known = {outcome.test for outcome in read_outcomes(Path(os.environ[RESULTS]))}
    items[:] = [items[place] for place in keep if items[place].nodeid not in known]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: Any) -> Iterator[None]:
    """Write down that a test starts, give it its time, and stop before the next one when the time of all is over."""
    _record(Outcome(item.nodeid, STARTED))
    signal.signal(signal.SIGALRM, _stop)
    signal.alarm(int(os.environ.get(EACH) or 0))
    try:
        return (yield)
    finally:
        signal.alarm(0)
        if time.monotonic() - _begin > float(os.environ.get(SECONDS) or "inf"):
            item.session.shouldstop = "the time is over"


def pytest_exception_interact(node: Any, call: Any, report: Any) -> None:
    """Record a test that raised, in its fixtures or itself."""
    if report.when in ("setup", "call"):
        _record(Outcome(node.nodeid, kind_of(call.excinfo.value), reason_of(call.excinfo.value), *_counted()))


def pytest_runtest_logreport(report: Any) -> None:
    """Record a test that passed or was skipped."""
    if report.skipped or (report.when == "call" and report.passed):
        _record(Outcome(report.nodeid, report.outcome, "", *_counted()))


def read_outcomes(path: Path) -> list[Outcome]:
    """What became of every test that has started; the process of those without an outcome has crashed."""
    lines = path.read_text().splitlines() if path.exists() else []
    found: dict[str, Outcome] = {}
    for outcome in (Outcome(**json.loads(line)) for line in lines):
        if outcome.kind != STARTED:
            found[outcome.test] = outcome
        elif outcome.test not in found:
            found[outcome.test] = Outcome(outcome.test, "crashed", "the process ended")
    return list(found.values())


def _stop(_number: int, _frame: object) -> None:
    raise TestStopped("longer than each test may take")


def _record(outcome: Outcome) -> None:
    with Path(os.environ[RESULTS]).open("a") as file:
        file.write(json.dumps(asdict(outcome)) + "\n")


def _counted() -> tuple[int, int]:
    found = _compared[0], _compared[1]
    _compared[:] = [0, 0]
    return found


def _with_bxnn(function: Callable[..., Any], converts: bool) -> Callable[..., Any]:
    """hls4ml's function with the back end replaced; its models compare themselves if that is asked for."""

    def call(*arguments: Any, **options: Any) -> Any:
        given = copy.deepcopy({key: options[key] for key in ("hls_config",) if key in options})
        if converts or "backend" in options:
            options["backend"] = "bxnn"
        made = function(*arguments, **options)
        if converts and os.environ.get(COMPARE):
            folder = f"{options.get('output_dir', 'my-hls-test')}_vitis"
            twin = {**options, **given, "backend": "Vitis", "output_dir": folder}
            made.predict = _comparing(made, lambda: function(*arguments, **twin))
        return made

    return call


def _comparing(model: Any, make_twin: Callable[[], Any]) -> Callable[[Any], Any]:
    """``predict`` of a model that counts how many values differ from those of its twin in hls4ml's C simulation."""
    plain = model.predict

    def predict(x: Any) -> Any:
        import numpy as np

        ours = plain(x)
        if any(layer.class_name in _NOT_COMPARED for layer in model.get_layers()):
            return ours
        twin = make_twin()
        twin.compile()
        theirs = twin.predict(x)
        pairs = zip(ours, theirs, strict=True) if isinstance(ours, list) else [(ours, theirs)]
        for mine, other in pairs:
            _compared[0] += int(np.size(mine))
            _compared[1] += int((np.ravel(mine) != np.ravel(other)).sum())
        return ours

    return predict
