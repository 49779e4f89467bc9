"""bench.mutants: what it changes, and how it judges."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import mutant_designs, mutants
from bench.mutant_outcome import Outcome, Verdict
from bench.mutants import Mutants
from bench.mutants_page import page
from bench.mutation import Kind, Mutation, mutations, spread
from tests.vhdl.harness import LIBRARY

ENTITY = """\
-- a + b
entity e is
  port (
    a : in std_logic_vector(3 downto 0)
  );
end entity e;

architecture rtl of e is
  constant KNOWN : boolean := require(a + 1 > 2,
    "a - b");
  signal s : unsigned(7 downto 0) := (others => '0'); -- 3 and 4
begin
  s <= s + 1 when a >= 3 else "11";
  part : entity work.f
    port map (
      clk => clk,
      x   => a,
      y   => s
    );
end architecture rtl;
"""


def test_what_is_changed() -> None:
    found = [(each.line, each.kind, " ".join(" ".join(each.new).split())) for each in mutations("e.vhd", ENTITY)]
    assert found == [
        (11, Kind.CONSTANT, "signal s : unsigned(7 downto 0) := (others => '1'); -- 3 and 4"),
        (13, Kind.OPERATOR, 's <= s - 1 when a >= 3 else "11";'),
        (13, Kind.OPERATOR, 's <= s + 1 when a > 3 else "11";'),
        (13, Kind.OFF_BY_ONE, 's <= s + 2 when a >= 3 else "11";'),
        (13, Kind.OFF_BY_ONE, 's <= s + 0 when a >= 3 else "11";'),
        (13, Kind.OFF_BY_ONE, 's <= s + 1 when a >= 4 else "11";'),
        (13, Kind.OFF_BY_ONE, 's <= s + 1 when a >= 2 else "11";'),
        (16, Kind.SWAPPED_PORTS, "clk => a, x => clk,"),
        (17, Kind.SWAPPED_PORTS, "x => s, y => a"),
    ]


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.vhd")), ids=lambda path: path.stem)
def test_a_mutant_differs_in_its_line_alone(path: Path) -> None:
    text = path.read_text()
    found = list(mutations(path.name, text))
    assert len({str(each) for each in found}) >= 3
    for each in found[::9]:
        changed = each.applied(text)
        differing = [n for n, (a, b) in enumerate(zip(text.split("\n"), changed.split("\n"), strict=True), 1) if a != b]
        assert differing and set(differing) <= set(range(each.line, each.line + len(each.old)))
    assert spread(found, 5, 1) == spread(found, 5, 1) and len(spread(found, 5, 1)) == min(5, len(found))


def change(name: str, old: str, new: str) -> Mutation:
    """The replacement of a line of an entity."""
    lines = (LIBRARY / f"{name}.vhd").read_text().split("\n")
    (number,) = (n for n, line in enumerate(lines, 1) if old in line)
    line = lines[number - 1]
    return Mutation(f"lib/{name}.vhd", number, Kind.OPERATOR, (line,), (line.replace(old, new),))


def test_verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "write_designs", lambda folder: mutant_designs.write(folder, "adders"))
    tried = Mutants(tmp_path, 0)
    subtracts = "upper := a(BITS - 1 downto passed) - b"
    wanted = {
        change("bxnn_adder_graph", subtracts, subtracts.replace(") - b", ") + b")): Verdict.BENCH,
        change("bxnn_adder_graph", "upper := a(BITS - 1 downto passed) + b", "upper = a"): Verdict.STILLBORN,
        # No design here has a constant on its own, and an initial value is gone after the first result.
        change(
            "bxnn_result_register", "BITS - 1 downto 0) := (others => '0')", "BITS - 1 downto 0) := (others => '1')"
        ): Verdict.EQUIVALENT,
        change("bxnn_replica", "if rst = '1'", "if rst = '0'"): Verdict.ENTITY,
        change("bxnn_replica", "if rst = '1'", "if rst = 1"): Verdict.STILLBORN,
    }
    users = tried.users("bxnn_adder_graph")
    for mutation, verdict in wanted.items():
        at = users if "adder_graph" in mutation.file else []
        assert tried.verdict(mutation, at) is verdict


def test_an_outcome_holds_for_the_file_that_it_was_found_in(tmp_path: Path) -> None:
    (tmp_path / "builds").mkdir()
    tried = Mutants(tmp_path, 1)
    first, second = tried.chosen[:2]
    lines = [
        Outcome(str(each.mutation), "operator", each.mutation.file, Verdict.BENCH, 1.0, digest).line()
        for each, digest in ((first, first.digest), (first, "another"), (second, "another"))
    ]
    (tmp_path / "results.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [(key, each.digest) for key, each in tried.outcomes().items()] == [(first.key, first.digest)]


def test_the_page_counts_and_lists() -> None:
    outcomes = [
        Outcome("lib/a.vhd:1 (operator): x -> y", "operator", "lib/a.vhd", Verdict.BENCH, 1.0),
        Outcome("lib/a.vhd:2 (constant): x -> y", "constant", "lib/a.vhd", Verdict.EQUIVALENT, 1.0),
        Outcome("lib/a.vhd:3 (constant): x -> y", "constant", "lib/a.vhd", Verdict.ENTITY, 1.0),
        Outcome("net.vhd:3 (constant): p -> q", "constant", "net.vhd", Verdict.UNDECIDED, 1.0),
        Outcome("net.vhd:4 (constant): no VHDL", "constant", "net.vhd", Verdict.STILLBORN, 1.0),
    ]
    text = page(outcomes)
    assert "| all | 4 | 1 | 1 | 0 | 1 | 1 |" in text and "| `a.vhd` | 3 | 1 | 1 | 0 | 1 | 0 |" in text
    assert "| generated files | 1 | 0 | 0 | 0 | 0 | 1 |" in text
    assert (
        "## Killed by a proof alone\n\nNone.\n" in text and "## Undecided\n\n* `net.vhd:3 (constant): p -> q`\n" in text
    )
    assert "## Proven equivalent\n\n* `lib/a.vhd:2 (constant): x -> y`\n" in text
    assert Outcome.of_line(outcomes[0].line()) == outcomes[0]


def test_the_page_has_every_file_and_nothing_that_only_a_proof_finds() -> None:
    """A new entity, or one that the benches do not drive enough, needs another run of `python -m bench.mutants`."""
    text = (Path(__file__).parents[2] / "docs" / "mutants.md").read_text()
    rows = dict(re.findall(r"^\| `?([\w. ]+?)`? \| (\d+(?: \| \d+){5}) \|$", text, re.M))
    counts = {name: [int(number) for number in row.split(" | ")] for name, row in rows.items()}
    files = sorted(path.name for path in LIBRARY.glob("*.vhd"))
    assert sorted(name for name in counts if name.endswith(".vhd")) == files
    assert all(count == sum(others) and count > 0 for count, *others in counts.values())
    by_file = [counts[name] for name in (*files, "generated files")]
    assert counts["all"] == [sum(column) for column in zip(*by_file, strict=True)] and counts["all"][0] >= 200
    _, _, _, by_proof, equivalent, undecided = counts["all"]
    assert by_proof == 0
    for title, count in (("Undecided", undecided), ("Proven equivalent", equivalent)):
        section = text.split(f"## {title}\n")[1].split("## ")[0]
        assert section.count("\n* `") == count
