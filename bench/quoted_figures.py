"""Figures of single designs in sentences, and those that one page takes from another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import big_network, hgq_adder_graphs, place_and_route
from bench.jet_tagger import SEED
from bench.scheduled import scheduled
from bench.written import ROOT, Line, Passage, Written, cells_of
from bxnn.compiler.config.design_config import load_config, parse_config
from bxnn.compiler.hardware.schedule import Schedule
from bxnn.compiler.hardware.stream.stream_schedule import StreamSchedule

DESIGNS = ROOT / "bench" / "designs"
_TAGGER = 'inputs: {fc1_input: "fixed<8,4,RND_CONV,SAT>"}\nboard: xcvu9p\n'
_FASTEST = {"320.632": "320.632 MHz", "160.316": "160.316 MHz"}
BENCHMARKS, CLOCKS, CONTROL = "docs/benchmarks.md", "docs/adder_graph_clocks.md", "docs/control.md"


def _tagger(models: Path, design: str) -> Schedule | StreamSchedule:
    folder = models / "jet_tagger"
    files = folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"
    return scheduled(*files, parse_config(_TAGGER + design))[0]


def chain(models: Path) -> list[Written]:
    """The published scheme in docs/scheduling.md."""
    folder = models / "jet_tagger"
    files = folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"
    found, _ = scheduled(*files, load_config(DESIGNS / "jet_tagger_chain.yaml"))
    text = f"builds exactly that: {found.dsp} DSPs (in three cases all weights of an input are zero in a lane) and "
    return [Passage("docs/scheduling.md", f"{text}{found.latency_cycles} cycles")]


def adder_graphs(models: Path) -> list[Written]:
    """The tagger without DSPs: stages at two clocks, and with four adders between two registers."""
    design = "strategy: lut\ninitiation_interval: 1\nclock_mhz: "
    stages = {mhz: _tagger(models, f"{design}{mhz}\n").latency_cycles for mhz in _FASTEST}
    found: list[Written] = [
        Line(CLOCKS, ("bxnn", name), (str(stages[mhz]), *(None,) * 5)) for mhz, name in _FASTEST.items()
    ]
    folder = models / "jet_tagger"
    files = folder / "qkeras_3layer.json", folder / "qkeras_3layer_weights.h5"
    four, _ = scheduled(*files, load_config(DESIGNS / "jet_tagger_lut.yaml"))
    return [
        *found,
        Line(BENCHMARKS, ("adders", "jet tagger", "II = 1, latency, cycles"), (str(four.latency_cycles), "", "")),
    ]


def other_stages(models: Path) -> list[Written]:
    """Stages of docs/hgq_adder_graphs.md and docs/place_and_route.md."""
    found: list[Written] = []
    for mhz in hgq_adder_graphs.CLOCKS_MHZ:
        design = parse_config(hgq_adder_graphs.DESIGN.format(mhz=mhz))
        own, _ = scheduled(models / "hgq2" / "mlp.keras", None, design)
        cells = (None, None, str(own.latency_cycles), None, None, None)
        found.append(Line("docs/hgq_adder_graphs.md", ("mlp", "bxnn", f"{mhz:g} MHz"), cells))
    with TemporaryDirectory() as work:
        files = big_network.write(Path(work), place_and_route.SEED, (8, 6, 4))
        for adders in place_and_route.ADDERS_PER_STAGE:
            own, _ = scheduled(*files, parse_config(place_and_route.DESIGN.format(adders=adders)))
            key = "bxnn", f"adders_per_stage {adders}"
            found.append(Line("docs/place_and_route.md", key, (str(own.latency_cycles), *(None,) * 5)))
    return found


def registers(models: Path) -> list[Written]:
    """What a register at the input costs in docs/control.md."""
    adders, slices = "strategy: lut\ninitiation_interval: 1\n", "strategy: dsp\ninitiation_interval: 8\n"
    registered = "timing: {input_register: true}\n"
    told = [
        _tagger(models, f"{design}{more}clock_mhz: 320.632\n").latency_cycles
        for more in ("", registered)
        for design in (slices, adders)
    ]
    text = (
        "{} cycles of the jet tagger with DSPs and {} with adder graphs are without another register, and are {} and {}"
    )
    return [Passage(CONTROL, f"{text.format(*told)} with `input_register: true`")]


def loaded_weights(models: Path) -> list[Written]:
    """The example with weights that are loaded, in docs/weights.md."""
    example = ROOT / "examples" / "jet_tagger"
    design = (example / "design.yaml").read_text(encoding="utf-8")
    plain, _ = scheduled(example / "model.h5", None, parse_config(design))
    loaded, _ = scheduled(example / "model.h5", None, parse_config(f"{design}weights: {{bus: axi-lite}}\n"))
    cycles = f"{loaded.latency_cycles} cycles instead of {plain.latency_cycles}"
    return [Passage("docs/weights.md", f"takes {loaded.dsp} DSPs instead of {plain.dsp} and {cycles}")]


def big(models: Path) -> list[Written]:
    """The network of docs/benchmarks.md with the longest simulation."""
    with TemporaryDirectory() as work:
        files = big_network.write(Path(work), SEED)
        found, report = scheduled(*files, load_config(DESIGNS / "big_network.yaml"))
    values = {
        "DSP at II = 32": f"{found.dsp:,}",
        "latency, cycles": f"{found.latency_cycles:,}",
        "DSP efficiency": f"{report.dsp_efficiency:.3f}",
    }
    return [Line(BENCHMARKS, ("bxnn", "16-5x200-5", name), (value, "", "")) for name, value in values.items()]


def from_pages(models: Path) -> list[Written]:
    """What README takes from the pages that the benchmarks write, and one page from another."""
    return [*_of_readme(), *_of_slices()]


def _of_readme() -> Iterator[Line]:
    def measured(*key: str) -> str:
        return _row(BENCHMARKS, *key)[0]

    seconds = float(_row("docs/nanoseconds.md", "jet tagger, II = 8", "compile_s")[0])
    solver = float(measured("alkaid", "jet tagger", "trace and solve, s"))
    others = f"alkaid 0.8.2: {solver:.1f} s; hls4ml 1.3.0: a vendor run"
    yield Line("README.md", ("latency of the jet tagger known after",), (f"{seconds:.1f} s", others, None))
    ours = measured("bxnn", "jet tagger", "C++ emulator, events/s, one core")
    theirs = measured("alkaid", "jet tagger", "interpreter, events/s, one core")
    csim = measured("hls4ml", "jet tagger", "granularity name, logits: csim, events/s, one core")
    others = f"alkaid: {theirs}; hls4ml's csim: {csim}"
    yield Line("README.md", ("software copy on one core, bit-exact",), (f"{ours} events/s", others, None))
    cells = _row(CLOCKS, "bxnn", "320.632 MHz")
    best = min(
        (_row(CLOCKS, "alkaid", f"latency_cutoff {cutoff}") for cutoff in range(2, 7)), key=lambda row: float(row[3])
    )
    told = [f"{row[3]} ns, {int(row[4]):,} LUT, {int(row[5]):,} FF" for row in (cells, best)]
    yield Line("README.md", ("II = 1 without DSPs, fastest closing clock",), (told[0], f"alkaid: {told[1]}", None))


def _of_slices() -> Iterator[Passage]:
    """The conclusion of docs/w_multiplexer.md, from its table."""
    page = (ROOT / "docs/w_multiplexer.md").read_text(encoding="utf-8")
    cells = [cells_of(line) for line in page.splitlines()]
    pairs = [row for row in cells if len(row) == 10 and row[2] == "2" and row[5] != "-"]
    lut, saved = (sum(int(row[place].replace(",", "")) for row in pairs) for place in (6, 7))
    free = sum(int(row[5]) <= 0 for row in pairs)
    told = f"need {saved / lut:.0%} fewer LUTs in all; {free} of {len(pairs)} take no cycle more."
    yield Passage("docs/w_multiplexer.md", f"With cascades of two, these layers {told}")
    (fc2,) = (row for row in pairs if row[:2] == ("jet tagger, II = 8", "fc2"))
    assert fc2[5] == "+1"
    told = f"fc2 of the jet tagger takes a cycle more and {fc2[7]} LUTs less of {fc2[6]}"
    yield Passage("docs/dsp_slices.md", told)


def _row(page: str, *key: str) -> tuple[str, ...]:
    """What follows the first cells of a row."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    (found,) = (cells for line in lines if (cells := cells_of(line))[: len(key)] == key)
    return found[len(key) :]
