"""Wrong generics stop elaboration with a message that names both values."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bxnn.compiler.errors import VerificationError
from bxnn.sim.bench.ghdl import run
from tests.vhdl import test_channel_thresholds as stairs
from tests.vhdl import test_dot_input_serial as input_serial
from tests.vhdl import test_dot_output_serial as output_serial
from tests.vhdl import test_frames as frames
from tests.vhdl import test_layouts as layouts
from tests.vhdl import test_lookups as lookups
from tests.vhdl import test_macs as macs
from tests.vhdl import test_requantize as requantize
from tests.vhdl import test_sequencing as sequencing
from tests.vhdl import test_trees as trees
from tests.vhdl import test_windows as windows
from tests.vhdl.harness import SOURCES, TOP, Bits, Generic, Instance, Integers, Text, write_top

WARNINGS = ("-Wunused", "-Wspecs", "-Wbody", "-Wbinding", "-Wreserved", "-Wlibrary", "-Werror")
SQUARE = output_serial.SHAPES["square"]
OUTPUT_TABLE = output_serial.Table([[[0], [1], [2], [3]]] * 4, [[[[1]] * 4] * 4] * 4, [[0, 0]] * 4)
OUTPUT = output_serial.instance_of("dut", SQUARE, OUTPUT_TABLE)
INPUT_TABLE = input_serial.Table([[1, 1]] * 4, [[[1, 1]] * 4] * 4, [0] * 4)
INPUT = input_serial.instance_of("dut", input_serial.SHAPES["square"], INPUT_TABLE)
QUANTIZER = requantize.instance_of(requantize.FORMATS[0])
PICKER = trees.picker(7, 8, 1)
STAIR = trees.stair(1)
DISTRIBUTOR = layouts.distributor(2, 5, 6)
ROM = sequencing.rom(2, 4, [1, 2])
STAIRS = stairs.thresholds(stairs.SHAPES[0])
TABLE = lookups.lookup(3, 4, 5, (1, 0, 1))
BLOCK_TABLE = lookups.block_lookup(3, 4, 5, (1, 0, 1))
CASCADE = macs.instance_of("dut", macs.Shape(2, 9, 8, 48))
ACCUMULATOR = macs.instance_of("dut", macs.Shape(0, 9, 8, 48))
FRAMES = frames.frame_sequencer("two")
TILES = frames.tile_sequencer("all_with_beats")
BUFFER = windows.line_buffer("rows")
FORMER = windows.window_former("lead")
RIGHT = (
    OUTPUT,
    INPUT,
    QUANTIZER,
    PICKER,
    STAIR,
    TABLE,
    BLOCK_TABLE,
    STAIRS,
    DISTRIBUTOR,
    ROM,
    CASCADE,
    ACCUMULATOR,
    FRAMES,
    TILES,
    BUFFER,
    FORMER,
)


def wrong(right: Instance, message: str, ports: dict[str, int] | None = None, **generics: int | Generic) -> Any:
    """A correct instance with generics (and the ports whose sizes depend on them) replaced."""
    sizes = ports or {}
    instance = replace(
        right,
        generics={**right.generics, **generics},
        inputs={name: sizes.get(name, width) for name, width in right.inputs.items()},
        outputs={name: sizes.get(name, width) for name, width in right.outputs.items()},
    )
    return pytest.param(instance, message, id=f"{right.entity}-{'-'.join(generics)}")


CASES = [
    wrong(
        STAIRS,
        "bxnn_channel_threshold: THRESHOLDS has 7 bits, ROWS * STEPS * (IN_BITS + 2) is 42",
        THRESHOLDS=Bits(0, 7),
    ),
    wrong(STAIRS, "bxnn_channel_threshold: ROW_OF has 2 elements, LANES is 3", ROW_OF=Integers([0, 1])),
    wrong(
        TABLE,
        "bxnn_lookup: CONTENTS has 7 bits, TABLES * 2**IN_BITS * OUT_BITS is 160",
        CONTENTS=Bits(0, 7),
    ),
    wrong(TABLE, "bxnn_lookup: WHICH has 2 elements, LANES is 3", WHICH=Integers([0, 1])),
    wrong(
        BLOCK_TABLE,
        "bxnn_block_lookup: CONTENTS has 7 bits, TABLES * 2**IN_BITS * OUT_BITS is 160",
        CONTENTS=Bits(0, 7),
    ),
    wrong(BLOCK_TABLE, "bxnn_block_lookup: WHICH has 2 elements, LANES is 3", WHICH=Integers([0, 1])),
    wrong(OUTPUT, "PHASES is 4, INITIATION_INTERVAL only 3", INITIATION_INTERVAL=3),
    wrong(
        OUTPUT,
        "OPERANDS has 15 entries, GROUPS * SEGMENTS * CASCADE * OPERAND_PHASES * elements per DSP is 16",
        OPERANDS=Integers([0] * 15),
    ),
    wrong(OUTPUT, "OPERANDS(15) is 8: must be below INPUTS, which is 8", OPERANDS=Integers([*([0] * 15), 8])),
    wrong(OUTPUT, "OPERANDS(1) is -1", OPERANDS=Integers([0, -1, *([0] * 14)])),
    wrong(OUTPUT, "WEIGHTS has 500 bits, CASCADE * SETS * PHASES * GROUPS * SEGMENTS", WEIGHTS=Bits(0, 500)),
    wrong(OUTPUT, "GROUPS * SEGMENTS * WEIGHT_BITS is 512", WEIGHTS=Bits(0, 500)),
    wrong(
        OUTPUT, "BIAS has 48 bits, SETS * PHASES * GROUPS * SEGMENTS * PRODUCTS * LANE_BITS is 384", BIAS=Bits(0, 48)
    ),
    wrong(INPUT, "PRESENT has 7 entries, GROUPS * LANES is 8", PRESENT=Integers([1] * 7)),
    wrong(
        INPUT,
        "WEIGHTS has 255 bits, SETS * PHASES * GROUPS * LANES * WEIGHT_BITS is 256",
        WEIGHTS=Bits(0, 255),
    ),
    wrong(INPUT, "BIAS has 95 bits, SETS * GROUPS * LANES * PRODUCTS * LANE_BITS is 192", BIAS=Bits(0, 95)),
    wrong(QUANTIZER, 'ROUNDING is "ROUND", must be one of TRN, RND', ROUNDING=Text("ROUND")),
    wrong(
        QUANTIZER,
        "HALF_ADDED is for RND and RND_CONV, SHIFT > 0 and SLOPE_SHIFT = 0; here they are TRN, 2 and 0",
        HALF_ADDED=1,
    ),
    wrong(QUANTIZER, 'OVERFLOW is "SATURATE", must be SAT or WRAP', OVERFLOW=Text("SATURATE")),
    wrong(QUANTIZER, "LOW has 4 and HIGH has 5 bits, OUT_BITS + 1 is 5", LOW=Bits(0, 4)),
    wrong(QUANTIZER, "LOW is 11001, above HIGH, which is 11000", HIGH=Bits(-8, 5)),
    wrong(STAIR, "THRESHOLDS has 16 bits, STEPS * (IN_BITS + 2) is 24", STEPS=3),
    wrong(PICKER, "INDEX_BITS is 2, INPUTS = 7 needs 3", {"y": 2}, INDEX_BITS=2),
    wrong(DISTRIBUTOR, "INPUTS is 10, PHASES * LANES is 15", {"y": 18}, LANES=3),
    wrong(ROM, "CONTENTS has 8 bits, SETS * DEPTH * WIDTH is 10", {"data": 5}, WIDTH=5),
    wrong(CASCADE, "ACCUM_BITS is 59, the widest accumulator", {"bias": 59, "sum": 59}, ACCUM_BITS=59),
    wrong(ACCUMULATOR, "ACCUM_BITS is 59, the widest accumulator", {"bias": 59, "sum": 59}, ACCUM_BITS=59),
    wrong(FRAMES, "STARTS(1) is -2: must not be negative", STARTS=Integers([0, -2, 1])),
    wrong(TILES, "READS has 4 bits, COMPLETES 3, TICKS is 3", READS=Bits(5, 4)),
    wrong(TILES, "READS has 3 bits, COMPLETES 2, TICKS is 3", COMPLETES=Bits(1, 2)),
    wrong(BUFFER, "BLOCK_RAM is 2: must be 0 or 1", BLOCK_RAM=2),
    wrong(FORMER, "ROW_MASK has 8 bits, TILE_ROWS * ROWS is 9", ROW_MASK=Bits(0, 8)),
    wrong(FORMER, "COLUMN_MASK has 14 bits, TILE_COLUMNS * COLUMNS is 15", COLUMN_MASK=Bits(0, 14)),
    wrong(FORMER, "LEAD + COLUMNS is 10, WINDOW_WORDS * WORD_PIXELS only 9", LEAD=5),
    wrong(FORMER, "FIRST_WORD + READS is 4, WORDS only 3", FIRST_WORD=1),
    wrong(FORMER, "ROWS is 3, BUFFER_ROWS only 2", {"column": 12}, BUFFER_ROWS=2),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library's sources, not analysed yet."""
    folder = tmp_path_factory.mktemp("library")
    ghdl(folder, "-i", *map(str, SOURCES))
    return folder


def ghdl(folder: Path, action: str, *arguments: str) -> None:
    run(["ghdl", action, "--std=08", *arguments], folder, folder / "ghdl.log", TOP, "failed")


def elaborate(library: Path, instance: Instance) -> None:
    ghdl(library, "-i", str(write_top(library / "top.vhd", [instance])))
    ghdl(library, "-m", TOP)
    ghdl(library, "-r", TOP, "--stop-time=1ns")


@pytest.mark.parametrize(("instance", "message"), CASES)
def test_message(library: Path, instance: Instance, message: str) -> None:
    with pytest.raises(VerificationError, match="failed"):
        elaborate(library, instance)
    log = (library / "ghdl.log").read_text()
    assert f"{instance.entity}: " in log
    assert message in log


@pytest.mark.parametrize("instance", RIGHT, ids=lambda instance: instance.entity)
def test_right_generics_elaborate(library: Path, instance: Instance) -> None:
    elaborate(library, instance)


def test_no_warnings(tmp_path: Path) -> None:
    ghdl(tmp_path, "-a", *WARNINGS, *map(str, SOURCES))


def test_every_generic_says_what_it_is() -> None:
    silent = [
        f"{path.name}: {line.strip()}"
        for path in SOURCES
        if (generics := re.search(r"  generic \(\n(.*?)\n  \);", path.read_text(encoding="utf-8"), re.DOTALL))
        for line in generics[1].split("\n")
        if not re.search(r" -- .*\w", line)
    ]
    assert silent == []


RESERVED = """
accept_on alias assert assume before bind bins binsof bit break byte chandle checker class clocking const
constraint context continue cover covergroup cross dist do endclass enum eventually expect export extends
extern final first_match foreach forkjoin global iff implements implies import inside int interconnect
interface intersect join_any join_none let local logic longint matches modport nettype new nexttime null
package packed priority program property protected pure rand randc randcase randsequence ref restrict return
sequence shortint shortreal soft solve static string strong struct super tagged this throughout timeprecision
timeunit type typedef union unique unique0 until untyped uwire var virtual void wait_order weak wildcard with
within
"""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_object_has_a_name_that_systemverilog_reserves(path: Path) -> None:
    """GHDL escapes the words of Verilog, but Verilator reads SystemVerilog."""
    names = re.findall(r"^ *(?:signal|variable|constant) +(\w+)", path.read_text(), re.MULTILINE | re.IGNORECASE)
    names += re.findall(r"^ *(\w+) *: *(?:in|out) ", path.read_text(), re.MULTILINE)
    assert [name for name in names if name.lower() in RESERVED.split()] == []
