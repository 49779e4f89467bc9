"""The run of all timing requirements: what a report says is judged, and a figure beyond its bound is a miss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.nanoseconds import Figures, judged, measured, predicted
from bench.nanoseconds_designs import CASES, Case
from bench.nanoseconds_page import Row, page
from bench.target import Target

CASE = Case("net", Path("m.h5"), None, Path("d.yaml"), (("lut", Target("<=", 900)), ("compile_s", Target("<=", 2))))
FOUND = Figures(32, 99.8, None, 12, 900, 300, 2.9, 2.963, "data of fc1")
REPORT: dict[str, Any] = {
    "dsp": 12,
    "latency_cycles": 900,
    "latency_ns": 2807.0,
    "stream": {"latency_from_last_beat_cycles": 117},
    "predicted": {"lut": 900, "ff": 300},
    "resources": {"dsp": 13, "lut": 880, "ff": 290},
    "timing": {
        "period_ns": 3.0,
        "margin": 0.1,
        "classes": [
            {"class": "data", "pessimistic_ns": 2.5},
            {"class": "control", "pessimistic_ns": 2.6},
            {"class": "memory", "pessimistic_ns": None},
        ],
        "places": {"data": "fc1", "control": "relu1"},
        "measured": [{"pessimistic_ns": 2.4}, {"pessimistic_ns": 2.8}],
    },
}


def test_figures_are_those_of_the_report() -> None:
    told, found = predicted(REPORT), measured(REPORT)
    assert told == Figures(900, 2807.0, 117, 12, 900, 300, 2.6, 2.7, "control of relu1")
    assert found == Figures(900, 2807.0, 117, 13, 880, 290, 2.8, 2.7)


def test_what_is_beyond_its_bound_is_missed() -> None:
    assert all(row.met for row in judged(CASE, FOUND, 2.0))
    for worse, seconds in ((replace(FOUND, lut=901), 2.0), (FOUND, 2.1), (replace(FOUND, worst_ns=2.97), 2.0)):
        assert sum(not row.met for row in judged(CASE, worse, seconds)) == 1
    names = [(row.design, row.quantity) for row in judged(CASE, replace(FOUND, where=""), None)]
    assert names == [("net: netlist", name) for name in ("dsp", "lut", "ff", "slowest path, ns")]


def test_the_page_says_what_is_missed() -> None:
    rows = [Row("net", "lut", 901, Target("<=", 900)), Row("net", "ns", 99.81, Target("<=", 100))]
    text = page([*rows, Row("net", "ns", None, None)], ["--predicted"], {"CPU": "a"})
    assert "Written by `python -m bench.nanoseconds --predicted`" in text
    assert "| net | lut | 901 | ≤ 900 | **no** |\n| net | ns | 99.81 | ≤ 100 | yes |\n| net | ns |  |  |  |\n" in text
    assert not Row("net", "ns", None, Target("<=", 1)).met


def test_every_goal_is_about_a_figure() -> None:
    figures = {"cycles", "ns", "cycles_from_last_beat", "dsp", "lut", "ff", "compile_s"}
    assert all(name in figures for case in CASES for name, _ in case.goals)
    assert all(case.design.is_file() for case in CASES)
