"""What GHDL writes as Verilog has the bits of the VHDL."""

from pathlib import Path

from bxnn.sim.bench.ghdl import to_verilog

WIDTHS = (31, 32, 33, 40, 64, 65)


def test_constants_of_any_width_have_their_size(tmp_path: Path) -> None:
    """GHDL writes those of more than 32 bits as strings, of eight bits per digit: what follows them would move."""
    words = {width: "1" + "0" * (width - 2) + "1" for width in WIDTHS}
    ports = "; ".join(f"y{width} : out std_logic_vector({width + 1} downto 0)" for width in WIDTHS)
    driven = "\n".join(f'y{width} <= x(1) & "{word}" & x(0);' for width, word in words.items())
    source = tmp_path / "words.vhd"
    source.write_text(
        "library ieee;\nuse ieee.std_logic_1164.all;\n"
        f"entity words is\nport (x : in std_logic_vector(1 downto 0); {ports});\nend entity words;\n"
        f"architecture rtl of words is\nbegin\n{driven}\nend architecture rtl;\n"
    )
    verilog = to_verilog(tmp_path, [source], "words").read_text()
    assert '"' not in verilog
    assert [f"{width}'b{word}" in verilog for width, word in words.items()] == [True] * len(WIDTHS)
