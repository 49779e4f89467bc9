"""design.yaml: what it means, and every way in which it can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bxnn.compiler.config.design_config import DesignConfig, load_config, parse_config
from bxnn.compiler.config.timing_config import TimingConfig
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.numeric.elementwise import FixedQuantizer
from bxnn.compiler.numeric.fixed_format import FixedFormat
from bxnn.compiler.numeric.output_form import ARGMAX, VALUES
from bxnn.compiler.numeric.rounding import Overflow, Rounding

II = "initiation_interval: 8\n"

FULL = """
name: tagger
board: xcvu13p
clock_mhz: 360
initiation_interval: 9
strategy: dsp
budget: {dsp: 600, lut: 40000, latency_ns: 150}
inputs: {x: "fixed<8,4,RND_CONV,SAT>", z: "ufixed<6,0>"}
outputs: {y: argmax, w: values}
layers: {fc1: {strategy: dsp, reuse_factor: 8, binding: output_serial, cascade: 4}}
timing: {margin: 0.1, estimate: typical, max_fanout: 32, input_register: true, output_register: true, held_input: true}
"""


def test_every_key() -> None:
    config = parse_config(FULL)
    assert (config.name, config.board, config.clock_mhz, config.initiation_interval) == (
        "tagger",
        "xcvu13p",
        360.0,
        9,
    )
    assert (config.budget.dsp, config.budget.lut, config.budget.latency_ns) == (600, 40000, 150.0)
    assert config.input_quantizers() == {
        "x": FixedQuantizer(FixedFormat(True, 3, 4), Rounding.RND_CONV, Overflow.SAT),
        "z": FixedQuantizer(FixedFormat(False, 0, 6), Rounding.TRN, Overflow.WRAP),
    }
    assert config.outputs == {"y": (ARGMAX,), "w": (VALUES,)}
    layer = config.layers["fc1"]
    assert (layer.strategy, layer.reuse_factor, layer.binding, layer.cascade) == (
        "dsp",
        8,
        "output_serial",
        4,
    )
    assert config.timing == TimingConfig(
        margin=0.1, estimate="typical", max_fanout=32, input_register=True, output_register=True, held_input=True
    )


def test_defaults() -> None:
    config = parse_config(II)
    assert (config.board, config.clock_mhz, config.strategy, config.name) == ("xcvu9p", 320.632, "auto", None)
    assert (config.budget.dsp, config.budget.lut, config.budget.latency_ns) == (None, None, None)
    timing = config.timing
    assert (timing.margin, timing.estimate, timing.max_fanout) == (0.05, "pessimistic", None)
    assert (timing.input_register, timing.output_register, timing.held_input) == (None, False, False)
    assert load_config(None) == config


@pytest.mark.parametrize("margin", [0, 0.5])
def test_both_ends_of_the_margin(margin: float) -> None:
    assert parse_config(f"{II}timing: {{margin: {margin}}}").timing.margin == margin


def test_overflow_mode_alone() -> None:
    config = parse_config(II + 'inputs: {x: "fixed<8,4,SAT>"}')
    assert config.input_quantizers()["x"] == FixedQuantizer(FixedFormat(True, 3, 4), Rounding.TRN, Overflow.SAT)


def test_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_config(II).clock_mhz = 1.0


WRONG = [
    ("", "design.yaml: initiation_interval: is missing; it takes an integer from 1 to 65536"),
    (
        "initiation_intervall: 8",
        "design.yaml: key 'initiation_intervall' is unknown; did you mean 'initiation_interval'?",
    ),
    (II + "clok_mhz: 320", "design.yaml: key 'clok_mhz' is unknown; did you mean 'clock_mhz'?"),
    ("initiation_interval: 0", "design.yaml: initiation_interval: 0 is not an integer from 1 to 65536"),
    (
        "initiation_interval: 65537",
        "design.yaml: initiation_interval: 65537 is not an integer from 1 to 65536",
    ),
    ("initiation_interval: '8'", "design.yaml: initiation_interval: '8' is not an integer from 1 to 65536"),
    ("initiation_interval: true", "design.yaml: initiation_interval: true is not an integer from 1 to 65536"),
    (
        "initiation_interval: [8]",
        "design.yaml: initiation_interval: a list is not an integer from 1 to 65536",
    ),
    (
        "initiation_interval:",
        "design.yaml: initiation_interval: an empty value is not an integer from 1 to 65536",
    ),
    (II + "clock_mhz: 0", "design.yaml: clock_mhz: 0 is not a number of MHz from 1 to 2000"),
    (II + "clock_mhz: .nan", "design.yaml: clock_mhz: nan is not a number of MHz from 1 to 2000"),
    (II + "clock_mhz: '1e3'", "design.yaml: clock_mhz: '1e3' is not a number of MHz from 1 to 2000"),
    (II + "strategy: dps", "design.yaml: strategy: 'dps' is not auto, dsp or lut; did you mean 'dsp'?"),
    (II + "budget: {dps: 3}", "design.yaml: budget: key 'dps' is unknown; did you mean 'dsp'?"),
    (II + "budget: {dsp: 2.5}", "design.yaml: budget: dsp: 2.5 is not an integer of at least 0"),
    (II + "budget: 3", "design.yaml: budget: 3 is not a mapping of dsp, lut, latency_ns to limits"),
    (
        II + "budget: {latency_ns: -1}",
        "design.yaml: budget: latency_ns: -1 is not a positive number of nanoseconds",
    ),
    (
        II + "layers: {fc1: {reuse: 3}}",
        "design.yaml: layers: fc1: key 'reuse' is unknown; did you mean 'reuse_factor'?",
    ),
    (
        II + "layers: {fc1: {reuse_factor: 0}}",
        "design.yaml: layers: fc1: reuse_factor: 0 is not an integer of at least 1",
    ),
    (
        II + "layers: {fc1: 3}",
        "design.yaml: layers: fc1: 3 is not a mapping of strategy, reuse_factor, binding, cascade, adders_per_stage, "
        "form, output, kernel, bias, scale, shift, packing",
    ),
    (
        II + "layers: {fc1: {binding: outputserial}}",
        "design.yaml: layers: fc1: binding: 'outputserial' is not output_serial, output_switched, "
        "input_serial or input_joined; did you mean 'output_serial'?",
    ),
    (II + "inputs: {a: 3}", 'design.yaml: inputs: a: 3 is not a type such as "fixed<8,4,RND_CONV,SAT>"'),
    (
        II + "inputs: {a: 'fixed<8>'}",
        "design.yaml: inputs: a: type 'fixed<8>' is not fixed<W,I[,ROUNDING[,OVERFLOW]]> or ufixed<...>",
    ),
    (
        II + "inputs: {a: 'fixed<80,4>'}",
        "design.yaml: inputs: a: type 'fixed<80,4>' width 80 is not in 1..62",
    ),
    (
        II + "inputs: {a: 'ufixed<8,400>'}",
        "design.yaml: inputs: a: type 'ufixed<8,400>' has its binary point more than 64 bits away",
    ),
    (
        II + "inputs: {a: 'fixed<8,4,RND_CON,SAT>'}",
        "design.yaml: inputs: a: mode 'RND_CON' is unknown; did you mean 'RND_CONV'?",
    ),
    (II + "inputs: {a: 'fixed<8,4,SAT,WRAP>'}", "design.yaml: inputs: a: has two overflow modes; keep one"),
    (
        II + "outputs: {y: argmx}",
        "design.yaml: outputs: y: 'argmx' is not values, argmax, {threshold: x, strict: false} or a list of these; "
        "did you mean 'argmax'?",
    ),
    (
        II + "outputs: {y: 3}",
        "design.yaml: outputs: y: 3 is not values, argmax, {threshold: x, strict: false} or a list of these",
    ),
    (
        II + "outputs: {y: []}",
        "design.yaml: outputs: y: an empty list is not values, argmax, {threshold: x, strict: false} or a list of "
        "these",
    ),
    (II + "outputs: {y: [argmax, argmax]}", "design.yaml: outputs: y: has argmax twice; keep one"),
    (II + "outputs: {y: {thresh: 1}}", "design.yaml: outputs: y: key 'thresh' is unknown; did you mean 'threshold'?"),
    (II + "outputs: {y: {strict: true}}", "design.yaml: outputs: y: threshold is missing; it takes a finite number"),
    (II + "outputs: {y: {threshold: .inf}}", "design.yaml: outputs: y: threshold inf is not a finite number"),
    (II + "outputs: {y: {threshold: true}}", "design.yaml: outputs: y: threshold true is not a finite number"),
    (II + "outputs: {y: {threshold: 1, strict: 1}}", "design.yaml: outputs: y: strict 1 is not true or false"),
    (II + "name: a__b", "design.yaml: name: 'a__b' is not a legal VHDL identifier"),
    (II + "timing: {margin: -0.01}", "design.yaml: timing: margin: -0.01 is not a number from 0 to 0.5"),
    (II + "timing: {margin: 0.51}", "design.yaml: timing: margin: 0.51 is not a number from 0 to 0.5"),
    (II + "timing: {margin: .nan}", "design.yaml: timing: margin: nan is not a number from 0 to 0.5"),
    (II + "timing: {margin: 5%}", "design.yaml: timing: margin: '5%' is not a number from 0 to 0.5"),
    (
        II + "timing: {estimate: pesimistic}",
        "design.yaml: timing: estimate: 'pesimistic' is not pessimistic or typical; did you mean 'pessimistic'?",
    ),
    (II + "timing: {max_fanout: 1}", "design.yaml: timing: max_fanout: 1 is not an integer of at least 2"),
    (II + "timing: {max_fanout: 64.0}", "design.yaml: timing: max_fanout: 64.0 is not an integer of at least 2"),
    (II + "timing: {input_register: 1}", "design.yaml: timing: input_register: 1 is not true or false"),
    (II + "timing: {output_register: 0}", "design.yaml: timing: output_register: 0 is not true or false"),
    (II + "timing: {held_input: maybe}", "design.yaml: timing: held_input: 'maybe' is not true or false"),
    (
        II + "timing: {input_registers: true}",
        "design.yaml: timing: key 'input_registers' is unknown; did you mean 'input_register'?",
    ),
    (
        II + "timing: 320",
        "design.yaml: timing: 320 is not a mapping of margin, estimate, max_fanout, input_register, output_register, "
        "held_input to choices",
    ),
    (II + "board: 7", "design.yaml: board: 7 is not the name of a board"),
]


def test_all_problems_at_once() -> None:
    text = """
initiation_interval: 0
clok_mhz: 320
strategy: dps
budget: {dps: 3, lut: 2.5}
"""
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    assert str(caught.value).splitlines() == [
        "design.yaml: key 'clok_mhz' is unknown; did you mean 'clock_mhz'?",
        "design.yaml: budget: key 'dps' is unknown; did you mean 'dsp'?",
        "design.yaml: initiation_interval: 0 is not an integer from 1 to 65536",
        "design.yaml: strategy: 'dps' is not auto, dsp or lut; did you mean 'dsp'?",
        "design.yaml: budget: lut: 2.5 is not an integer of at least 0",
    ]


def test_all_types_that_are_wrong_at_once() -> None:
    text = II + 'inputs: {x: "fixed<8>", z: "fixed<8,4>"}\nlayers: {fc1: {kernel: "fixed<8,4,RDN>"}}\n'
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[1:3] for line in lines] == [["inputs", "x"], ["layers", "fc1"]]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[message[13:60] for _, message in WRONG])
def test_wrong_configuration(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(text)
    assert str(caught.value) == message


def test_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text("\ufeff" + II, encoding="utf-8")
    assert load_config(path) == DesignConfig(initiation_interval=8)


def test_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / "none.yaml")
    assert str(caught.value) == f"{tmp_path / 'none.yaml'}: cannot be read: No such file or directory"


def test_file_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == f"{path}: is larger than 1048576 bytes; this is not a design.yaml"


def test_file_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"a: \xff")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == f"{path}: is not UTF-8 text (byte 3)"
