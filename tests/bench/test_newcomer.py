"""The newcomer's path is timed step by step, and ends where a step fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import newcomer

PAGE = """# A page

```sh
echo one > told
cat told
```

```text
not run
```

```sh title="needs a cluster"
exit 3
```

```sh
false
echo more
```

```sh
echo never > never
```
"""


def test_blocks_are_steps(tmp_path: Path) -> None:
    steps = list(newcomer.page_steps(PAGE + "```python\nimport bxnn\n```\n", tmp_path))
    assert [name for name, _ in steps] == ["echo one > told", "false", "echo never > never", "python: import bxnn"]


def test_the_path_ends_where_a_step_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert newcomer.run(newcomer.page_steps(PAGE, tmp_path), tmp_path, tmp_path) is None
    assert (tmp_path / "told").read_text() == "one\n"
    assert not (tmp_path / "never").exists()
    told = capsys.readouterr().out.splitlines()
    assert [line.split(" s  ")[1] for line in told[:2]] == ["echo one > told", "false"]


def test_seconds_are_added_up(tmp_path: Path) -> None:
    total = newcomer.run(iter([("sleep", ["sleep", "0.2"]), ("sleep", ["sleep", "0.2"])]), tmp_path, Path("/bin"))
    assert total is not None and 0.4 <= total < 30
