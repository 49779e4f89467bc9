"""Layer names that are legal and unique in VHDL and C++."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from bxnn.compiler.errors import ConfigError

_LEGAL = re.compile(r"[A-Za-z](_?[A-Za-z0-9])*")
_LONGEST = 64
_GENERIC = frozenset(("model", "net", "network", "weights"))  # names of files that say nothing about the network

# IEEE Std 1076-2008, 15.10 "Reserved words".
_VHDL = """
abs access after alias all and architecture array assert assume assume_guarantee attribute begin block body
buffer bus case component configuration constant context cover default disconnect downto else elsif end entity
exit fairness file for force function generate generic group guarded if impure in inertial inout is label
library
linkage literal loop map mod nand new next nor not null of on open or others out package parameter port
postponed procedure process property protected pure range record register reject release rem report restrict
restrict_guarantee return rol ror select sequence severity shared signal sla sll sra srl strong subtype then
to transport type unaffected units until use variable vmode vprop vunit wait when while with xnor xor
"""
# Names from the packages standard, std_logic_1164 and numeric_std; a port with such a name would hide them.
_VHDL_PACKAGES = """
bit bit_vector boolean character delay_length error failure falling_edge false ieee
integer natural note now numeric_std positive real resize rising_edge shift_left shift_right signed std
std_logic std_logic_1164 std_logic_vector std_ulogic std_ulogic_vector string textio time to_integer to_signed
to_unsigned true unsigned warning work
"""
# ISO/IEC 14882:2020, 5.11 "Keywords" and 5.10, and names that the C++ project uses.
_CPP = """
alignas alignof and and_eq ap_fixed ap_int ap_ufixed ap_uint asm auto bitand bitor bool break case catch char
char16_t char32_t char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
constinit continue decltype default delete do double dynamic_cast else enum explicit export extern false final
float for friend goto if import inline int long main module mutable namespace new noexcept not not_eq nullptr
operator or or_eq override private protected public register reinterpret_cast requires return short signed
sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef typeid
typename union unsigned using virtual void volatile wchar_t while xor xor_eq
"""
# IEEE Std 1364-2005, annex B. `ghdl --synth` preserves the name of the top entity, which Verilog and yosys read; layers
# get a prefix, so these words are legal for them.
_VERILOG = """
always assign automatic buf bufif0 bufif1 casex casez cell cmos config deassign defparam design disable edge
endcase endconfig endfunction endgenerate endmodule endprimitive endspecify endtable endtask event forever fork
genvar highz0 highz1 ifnone incdir include initial inout input instance integer join large liblist localparam
macromodule medium module nmos noshowcancelled notif0 notif1 pmos posedge negedge primitive pull0 pull1 pulldown
pullup pulsestyle_ondetect pulsestyle_onevent rcmos realtime reg repeat rnmos rpmos rtran rtranif0 rtranif1
scalared showcancelled small specify specparam strong0 strong1 supply0 supply1 table task time tran tranif0
tranif1 tri tri0 tri1 triand trior trireg use uwire vectored wand weak0 weak1 wire wor
"""
_OWN = "bxnn_"
# The unit of a layer is called <top>_<layer>, the package <top>_pkg.
_PACKAGE = frozenset({"pkg"})
_PORTS = "clk rst in_valid in_first in_data out_valid out_data"
RESERVED = frozenset(" ".join((_VHDL, _VHDL_PACKAGES, _CPP, _PORTS)).split())


def is_legal_top(name: str) -> bool:
    """Whether a name can be that of the top entity: Verilog tools read it too, and bxnn_... is the library."""
    reserved = f"input output {_VERILOG}".split()
    return is_legal(name) and name.lower() not in reserved and not f"{name.lower()}_".startswith(_OWN)


def check_unit_names(top: str, library: str | None, prefix: str) -> None:
    """Check the names that packages give to the library and to the top entity.

    Raises:
        ConfigError: Naming the key of design.yaml.
    """
    problem = "is not a legal identifier in VHDL and C++, or is reserved; choose another"
    if library is not None and not is_legal(library):
        raise ConfigError(f"library {library!r}", problem)
    if prefix and not is_legal(prefix + top):
        raise ConfigError(f"prefix {prefix!r}", f"makes the top entity {prefix + top!r}, which {problem}")


def printable(name: str) -> str:
    """A name as spelled by the user; half of a surrogate pair, which no file can hold, is written as an escape."""
    return name.encode("utf-8", "backslashreplace").decode()


def is_legal(name: str) -> bool:
    """Whether a name is an identifier in VHDL-2008 and C++ without any other meaning."""
    return bool(_LEGAL.fullmatch(name)) and len(name) <= _LONGEST and name.lower() not in RESERVED


def written_for(name: str) -> tuple[str, ...]:
    """Firmware names derived from a layer: unit and constants, signals, instance, ports; in lower case."""
    patterns = ("{}", "{}_constants", "valid_{}", "data_{}", "layer_{}", "{}_valid", "{}_data")
    return tuple(pattern.format(name.lower()) for pattern in patterns)


def legal_name(name: str, taken: Iterable[str] = ()) -> str:
    """The nearest legal name that is not taken, nor any firmware name derived from it; case does not count.

    Args:
        name: Any text.
        taken: Names in use.
    """
    stem = _identifier(name, "layer")
    return _unused(f"{stem}_layer" if stem.lower() in RESERVED else stem, taken)


def legal_top(name: str, layers: Iterable[str] = ()) -> str:
    """The nearest name that the top entity can have and that no layer has; letter case does not count.

    Args:
        name: Any text.
        layers: Names of the layers.
    """
    lower = {layer.lower() for layer in layers}
    if is_legal_top(name) and name.lower() not in lower:
        return name
    stem = _identifier(name, "net")
    if not is_legal_top(stem) or stem.lower() in lower:
        stem = f"net_{stem}" if f"{stem.lower()}_".startswith(_OWN) else f"{stem}_net"
    return _unused(stem, lower)


def _identifier(name: str, word: str) -> str:
    """An identifier like the name, with ``word`` in front if the name does not begin with a letter."""
    ascii_name = unicodedata.normalize("NFKD", name[: 4 * _LONGEST]).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", ascii_name).strip("_")
    if not stem or stem[0].isdigit():
        stem = f"{word}_{stem}".rstrip("_")
    return stem[: _LONGEST - 8].rstrip("_")


def _unused(stem: str, taken: Iterable[str]) -> str:
    """The identifier, with a number if a firmware name derived from it is taken."""
    used = {word for other in taken for word in written_for(other)} | _PACKAGE
    candidate, number = stem, 1
    while not used.isdisjoint(written_for(candidate)):
        number += 1
        candidate = f"{stem}_{number}"
    return candidate


def legal_names(names: Iterable[str]) -> dict[str, str]:
    """New name by old name; legal and unique names stay, in the given order."""
    originals = list(names)
    result: dict[str, str] = {}
    used = set(_PACKAGE)
    for name in originals:
        if is_legal(name) and used.isdisjoint(written_for(name)):
            result[name] = name
            used.update(written_for(name))
    for name in originals:
        if name not in result:
            result[name] = legal_name(name, result.values())
    return {name: result[name] for name in originals}


def graph_name(path: Path, build_name: str | None, taken: Sequence[str]) -> str:
    """The name of the file, or else of the build, as an identifier that no layer has; never one made up by Keras.

    Args:
        path: The model file.
        build_name: Name of the build.
        taken: Names of the layers.
    """
    stem = re.sub(r"\.weights$", "", Path(path).stem)
    if build_name and stem.lower() in _GENERIC:
        stem = build_name
    return legal_top(stem, taken)
