"""Plays cycles of stimulus into VHDL entities through cocotb and GHDL, and records their outputs.

A simulated top has only integer generics, while the library's constants are vectors: `write_top` wraps any
number of instances, with their generics set, into one top entity, like a template of the compiler.
Tests compare the recording with a model cycle by cycle, so an output that is one cycle off is a mismatch like a wrong
bit.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

LIBRARY = Path(__file__).parents[2] / "hls_templates" / "vhdl" / "lib"
TOP = "top"


def in_analysis_order(folder: Path) -> tuple[Path, ...]:
    """The library's files: the package, then each entity after the ones that it instantiates."""
    left = {path.stem: path for path in sorted(folder.glob("*.vhd"))}
    ordered = [left.pop("bxnn_pkg")]
    while left:
        uses = {name: set(re.findall(r"entity work\.(\w+)", path.read_text())) for name, path in left.items()}
        ready = [name for name in left if not uses[name] & left.keys()]
        assert ready, f"entities instantiate each other: {', '.join(left)}"
        ordered += [left.pop(name) for name in ready]
    return tuple(ordered)


SOURCES = in_analysis_order(LIBRARY)


class Generic(Protocol):
    """A generic's value that knows its VHDL notation."""

    def __str__(self) -> str: ...


@dataclass(frozen=True)
class Bits:
    """A std_logic_vector constant: the low `width` bits of `value`, written as a bit string."""

    value: int
    width: int

    def __str__(self) -> str:
        return f'"{self.value & ((1 << self.width) - 1):0{self.width}b}"'


@dataclass(frozen=True)
class Integers:
    """An integer_vector constant."""

    values: Sequence[int]

    def __str__(self) -> str:
        return "(" + ", ".join(f"{i} => {value}" for i, value in enumerate(self.values)) + ")"


@dataclass(frozen=True)
class Text:
    """A string constant."""

    value: str

    def __str__(self) -> str:
        return f'"{self.value}"'


@dataclass(frozen=True)
class Instance:
    """One entity under test. A port's width is its number of bits; None is a std_logic."""

    name: str
    entity: str
    generics: Mapping[str, int | Generic]
    inputs: Mapping[str, int | None]
    outputs: Mapping[str, int | None]
    clocked: bool = True

    def port(self, port: str) -> str:
        """The name of `port` at the top entity."""
        return f"{self.name}_{port}"

    @property
    def widths(self) -> dict[str, int]:
        """Bits of every top-level port of this instance."""
        return {self.port(p): w or 1 for p, w in {**self.inputs, **self.outputs}.items()}


@dataclass(frozen=True)
class Recording:
    """What each output showed in each cycle, as bit strings (so that an X stays visible)."""

    cycles: Mapping[str, Sequence[str]]
    widths: Mapping[str, int] = field(default_factory=dict)

    def check(self, instance: Instance, port: str, expected: Mapping[int, int] | Sequence[int | None]) -> None:
        """Asserts that a port carried the expected code (modulo its width) in every expected cycle."""
        name = instance.port(port)
        wanted = expected if isinstance(expected, Mapping) else dict(enumerate(expected))
        shown, width = self.cycles[name], self.widths[name]
        pairs = [(c, v) for c, v in sorted(wanted.items()) if v is not None and c < len(shown)]
        assert pairs, f"{name}: nothing to compare"
        wrong = [
            f"cycle {c}: expected {v & ((1 << width) - 1):0{width}b}, got {shown[c]}"
            for c, v in pairs
            if shown[c] != f"{v & ((1 << width) - 1):0{width}b}"
        ]
        assert not wrong, f"{name}: {len(wrong)} of {len(pairs)} cycles differ; {wrong[0]}"


def _port_lines(instances: Sequence[Instance]) -> list[str]:
    lines = ["clk : in std_logic"]
    for instance in instances:
        for direction, ports in (("in", instance.inputs), ("out", instance.outputs)):
            for port, width in ports.items():
                kind = "std_logic" if width is None else f"std_logic_vector({width} - 1 downto 0)"
                default = "" if direction == "out" else f" := {_zero(width)}"
                lines.append(f"{instance.port(port)} : {direction} {kind}{default}")
    return lines


def _zero(width: int | None) -> str:
    return "'0'" if width is None else "(others => '0')"


def _instantiation(instance: Instance) -> str:
    generics = ",\n      ".join(f"{name} => {value}" for name, value in instance.generics.items())
    ports = [f"{port} => {instance.port(port)}" for port in (*instance.inputs, *instance.outputs)]
    ports = (["clk => clk"] if instance.clocked else []) + ports
    generic_map = f"    generic map (\n      {generics}\n    )\n" if generics else ""
    port_map = ",\n      ".join(ports)
    head = f"  {instance.name} : entity work.{instance.entity}\n"
    return f"{head}{generic_map}    port map (\n      {port_map}\n    );\n"


def write_top(path: Path, instances: Sequence[Instance]) -> Path:
    """Writes a top entity with the instances; its ports are `clk` and `<instance>_<port>`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ports = ";\n    ".join(_port_lines(instances))
    body = "\n".join(_instantiation(instance) for instance in instances)
    path.write_text(
        "library ieee;\nuse ieee.std_logic_1164.all;\n\n"
        f"entity {TOP} is\n  port (\n    {ports}\n  );\nend entity {TOP};\n\n"
        f"architecture bench of {TOP} is\n\nbegin\n\n{body}\nend architecture bench;\n"
    )
    return path


def play(
    folder: Path,
    instances: Sequence[Instance],
    stimulus: Mapping[str, Sequence[int]],
    cycles: int,
    more: Sequence[Path] = (),
) -> Recording:
    """Simulates the instances for some cycles.

    Args:
        folder: Where sources, stimulus and logs are kept.
        instances: The entities under test.
        stimulus: Top-level port to its code (unsigned) in every cycle; shorter lists are followed by zeros.
        cycles: How many cycles to run and record.
        more: Sources beside the library, in the order of analysis.

    Returns:
        All outputs of all instances in all cycles.
    """
    top = write_top(folder / "top.vhd", instances)
    outputs = [instance.port(port) for instance in instances for port in instance.outputs]
    (folder / "stimulus.json").write_text(json.dumps({"inputs": stimulus, "outputs": outputs, "cycles": cycles}))
    runner = get_runner("ghdl")
    runner.build(
        sources=[*SOURCES, *more, top],
        hdl_library="work",
        hdl_toplevel=TOP,
        build_args=["--std=08"],
        build_dir=folder / "build",
        always=True,
        log_file=folder / "build.log",
    )
    results = runner.test(
        hdl_toplevel_library="work",
        hdl_toplevel=TOP,
        test_module="player",
        build_dir=folder / "build",
        test_dir=folder / "build",  # GHDL looks for its library in the current folder
        test_args=["--std=08"],
        plusargs=["--ieee-asserts=disable-at-0"],
        extra_env={"BXNN_BENCH_FOLDER": str(folder), "COCOTB_LOG_LEVEL": "WARNING"},
        log_file=folder / "simulation.log",
    )
    assert get_results(results) == (1, 0), (folder / "simulation.log").read_text()
    widths = {name: width for instance in instances for name, width in instance.widths.items()}
    return Recording(json.loads((folder / "recording.json").read_text()), widths)


def seed_for(name: str) -> int:
    """Seed of a randomised test: BXNN_SEED if set, else fixed by name; printed so that a failure can be repeated."""
    seed = int(os.environ.get("BXNN_SEED", sum(name.encode())))
    print(f"{name}: BXNN_SEED={seed}")  # noqa: T201
    return seed


def expect_failure(recording: Recording, instance: Instance, port: str, wrong: Mapping[int, int]) -> None:
    """Negative control: a comparison with a wrong model must fail."""
    with pytest.raises(AssertionError, match="cycles differ"):
        recording.check(instance, port, wrong)
