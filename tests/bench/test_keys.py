"""The keys of cached simulations: a different tool, option or machine never gets those of this one."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bxnn.sim.bench import ghdl, runtime_cache, verilator
from bxnn.sim.toolchain import Tool, require


def changed(name: str, **what: object) -> Callable[[str], Tool]:
    """Like ``require``, but one tool is a different one."""

    def found(asked: str) -> Tool:
        tool = require(asked)
        return replace(tool, **what) if asked == name else tool  # type: ignore[arg-type]

    return found


@pytest.mark.parametrize("what", [{"version": "0.0"}, {"path": Path("/elsewhere")}])
@pytest.mark.parametrize("name", ["verilator", "ghdl", "g++", "cocotb"])
def test_every_tool_of_verilators_build(name: str, what: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    plain = verilator.Verilator().key()
    monkeypatch.setattr(verilator, "require", changed(name, **what))
    assert verilator.Verilator().key() != plain


def test_options_and_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {verilator.Verilator().key()}
    for module, name, value in (
        (verilator, "_OPTIMISE", ("OPT_FAST=-O2",)),
        (verilator, "_START_RANDOM", ()),
        (platform, "node", lambda: "another"),
    ):
        with monkeypatch.context() as context:
            context.setattr(module, name, value)
            keys.add(verilator.Verilator().key())
    assert len(keys) == 4
    before = ghdl.Ghdl().key()
    monkeypatch.setattr(ghdl, "require", changed("ghdl", version="0.0"))
    assert ghdl.Ghdl().key() != before


def test_the_runtime_of_verilator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects are found again, but only if all their dependencies are the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made, names = tmp_path / "made", ("verilated.o", "verilated_dpi.o", "verilated_vpi.o", "verilated_threads.o")
    made.mkdir()
    for name in names:
        (made / name).write_text(name)
    runtime_cache.keep(made, "-O1")

    def fetched(flags: str = "-O1") -> list[str]:
        folder = tmp_path / "fetched"
        folder.mkdir(exist_ok=True)
        runtime_cache.fetch(folder, flags)
        found = sorted(path.name for path in folder.iterdir())
        for path in folder.iterdir():
            path.unlink()
        return found

    assert fetched() == sorted(names)
    assert fetched("-O2") == []
    for name in ("verilator", "g++"):
        with monkeypatch.context() as context:
            context.setattr(runtime_cache, "tool", changed(name, version="0.0"))
            assert fetched() == []
    with monkeypatch.context() as context:
        context.setattr(platform, "machine", lambda: "another")
        assert fetched() == []
    monkeypatch.setenv("CXXFLAGS", "-O0")
    assert fetched() == []
