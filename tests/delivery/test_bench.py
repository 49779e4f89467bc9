"""The plain test bench, in GHDL without Python: it passes, and every kind of fault makes it fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bxnn.compiler.delivery import write_package
from tests.delivery.builds import DESIGNS, bench_of, compiled, run_bench

Built = Callable[[str], Path]


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_bench_passes_and_a_flipped_bit_fails(kind: str, built: Built, tmp_path: Path) -> None:
    package = tmp_path / "package"
    write_package(built(kind), "vhdl", package)
    bench_of(package, tmp_path / "work", "net", "net")
    vectors = package / "tb" / "vectors.txt"
    lines = vectors.read_text().splitlines()
    events = len(lines) - 1
    for gap in (0, 3):
        done = run_bench(tmp_path / "work", "net", "net", f"-gVECTORS={vectors}", f"-gGAP={gap}")
        assert done.returncode == 0, done.stdout
        printed = done.stdout.splitlines()
        assert printed[0] == f"sent {events}, received {events}, errors 0"
        assert printed[1].startswith("PASSED: net, latency ")

    lines[3] = lines[3][:-1] + f"{int(lines[3][-1], 16) ^ 1:x}"
    flipped = tmp_path / "flipped.txt"
    flipped.write_text("\n".join(lines) + "\n")
    done = run_bench(tmp_path / "work", "net", "net", f"-gVECTORS={flipped}")
    assert done.returncode == 1
    printed = done.stdout.splitlines()
    assert printed[0].startswith(f"event 2: {lines[0].split()[-1]} is ")
    assert printed[1] == f"sent {events}, received {events}, errors 1"
    assert printed[2].startswith("FAILED: net, 1 errors")


def test_a_fault_of_the_network_is_found(built: Built, tmp_path: Path) -> None:
    """A result that never comes, one that comes too late, and a tag of another event."""
    package = tmp_path / "package"
    write_package(built("tagged"), "vhdl", package)
    top, bench = package / "hdl" / "net.vhd", package / "tb" / "net_tb.vhd"
    good, good_bench = top.read_text(), bench.read_text()
    latency = int(good_bench.split("constant LATENCY     : natural  := ")[1].split(";")[0])
    faults = {
        "silent": (good.replace("out_valid <= ", "out_valid <= '0' and "), good_bench, "received 0, errors "),
        "late": (good, good_bench.replace(f":= {latency};", f":= {latency - 1};"), "out_valid is '0', not '1',"),
        "tag": (good.replace("=> in_tag", "=> not in_tag"), good_bench, "out_tag is "),
    }
    for name, (changed, changed_bench, message) in faults.items():
        assert (changed, changed_bench) != (good, good_bench)
        top.write_text(changed)
        bench.write_text(changed_bench)
        bench_of(package, tmp_path / name, "net", "net")
        done = run_bench(tmp_path / name, "net", "net", f"-gVECTORS={package}/tb/vectors.txt")
        assert done.returncode == 1
        assert message in done.stdout, done.stdout


def test_without_events_nothing_passes(built: Built, tmp_path: Path) -> None:
    package = tmp_path / "package"
    write_package(built("plain"), "vhdl", package)
    bench_of(package, tmp_path / "work", "net", "net")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    done = run_bench(tmp_path / "work", "net", "net", f"-gVECTORS={tmp_path}/empty.txt")
    assert done.returncode == 1 and "event 0: the file has no event" in done.stdout
    assert run_bench(tmp_path / "work", "net", "net", f"-gVECTORS={tmp_path}/missing.txt").returncode == 1


def test_two_networks_in_a_library_each_and_with_prefixes_in_one(tmp_path: Path) -> None:
    """They declare units of the same names: bxnn_pkg, and even the same top."""
    kinds = "plain", "tagged"
    for shared in (False, True):
        work = tmp_path / f"work_{shared}"
        for kind, prefix in zip(kinds, ("nn1_", "B"), strict=True):
            keys = f"prefix: {prefix}" if shared else f"library: lib_{kind}"
            build = compiled(tmp_path / f"{kind}_{shared}", kind, keys=keys)
            write_package(build, "vhdl", tmp_path / f"package_{kind}_{shared}")
            top, library = (f"{prefix}net", "both") if shared else ("net", f"lib_{kind}")
            bench_of(tmp_path / f"package_{kind}_{shared}", work, library, top)
        for kind, prefix in zip(kinds, ("nn1_", "B"), strict=True):  # after both are analysed: none is obsolete
            top, library = (f"{prefix}net", "both") if shared else ("net", f"lib_{kind}")
            vectors = tmp_path / f"package_{kind}_{shared}" / "tb" / "vectors.txt"
            done = run_bench(work, library, top, f"-gVECTORS={vectors}")
            assert done.returncode == 0 and f"PASSED: {top}, " in done.stdout, done.stderr
