"""Alignment of emitted VHDL: only spaces change, and neighbours are aligned whatever their names."""

from hypothesis import given
from hypothesis import strategies as st

from bxnn.compiler.backend.columns import in_columns

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True)
LINES = {
    ":": "  signal {} : std_logic; -- serial 8x8",
    ":=": "  constant {} : natural := 4;",
    "=>": "      {} => open,",
    "<=": "  {} <= data_x;",
}


@given(st.sampled_from(sorted(LINES)), st.lists(NAMES, min_size=1, max_size=6), st.data())
def test_neighbours_are_in_line_and_only_spaces_move(separator: str, names: list[str], data: st.DataObject) -> None:
    gaps = [" " * data.draw(st.integers(1, 4)) for _ in names]
    lines = [LINES[separator].format(name + gap[1:]) for name, gap in zip(names, gaps, strict=True)]
    found = in_columns("\n".join(lines))
    assert [line.split() for line in found.split("\n")] == [line.split() for line in lines]
    columns = [line.index(f" {separator} ") for line in found.split("\n")]
    first = LINES[separator].split("{}")[0]
    after = {":": 0, ":=": len(" : natural"), "=>": 0, "<=": 0}[separator]
    assert set(columns) == {len(first) + max(map(len, names)) + after}
    assert in_columns(found) == found


def test_an_empty_line_and_a_comment_begin_new_columns() -> None:
    text = "  signal a : bit;\n  signal long : bit; -- c\n\n  signal b   : bit;\n  -- comment\n  signal other : bit;\n"
    assert in_columns(text) == (
        "  signal a    : bit;\n  signal long : bit; -- c\n\n  signal b : bit;\n  -- comment\n  signal other : bit;\n"
    )


def test_labels_and_statements_of_several_lines_stay() -> None:
    text = "  x : entity work.a\n  longer : for i in 0 to 3 generate\n    y(i) <=\n      a(i);\n  end generate;\n"
    assert in_columns(text) == text
