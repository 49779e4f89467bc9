"""The library is analysed without a single message: a user's flow may treat warnings as errors."""

from __future__ import annotations

import subprocess
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2] / "hls_templates/vhdl/lib"


def ghdl(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run GHDL; what it says is in ``stderr``."""
    command = ["ghdl", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def test_no_warning(tmp_path: Path) -> None:
    waiting, said = sorted(LIBRARY.glob("*.vhd")), dict[str, str]()
    while waiting:  # in whatever order they need one another
        done = {path: ghdl(tmp_path, "-a", "--std=08", path) for path in waiting}
        said |= {path.name: done[path].stderr for path in waiting if done[path].returncode == 0}
        left = [path for path in waiting if done[path].returncode != 0]
        assert len(left) < len(waiting), done[left[0]].stderr
        waiting = left
    assert {name: text for name, text in said.items() if text} == {}


def test_a_warning_is_noticed(tmp_path: Path) -> None:
    hiding = "entity e is end entity;\narchitecture a of e is\nbegin\n  g : if true generate\n    signal g : bit;\n"
    (tmp_path / "e.vhd").write_text(hiding + "  begin\n  end generate;\nend architecture;\n", encoding="utf-8")
    assert 'declaration of "g" hides' in ghdl(tmp_path, "-a", "--std=08", "e.vhd").stderr
