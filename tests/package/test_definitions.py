"""What is defined once: integer arithmetic, dominance, hints for unknown names, the environment of templates."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.package.test_layout import ROOT, SOURCES, modules

BY_THEMSELVES = ("bench/peers/",)  # run in an environment without bxnn
IN_TESTS = {  # of the definition itself
    "tests/config/test_unknown_names.py": "unknown",
    "tests/passes/test_passes.py": "unknown",
    "tests/schedule/test_choice.py": "undominated",
    "tests/schedule/test_pareto.py": "undominated",
}


def written_out(source: str) -> Iterator[str]:
    """What a module spells out although it has a name elsewhere."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.UnaryOp(ast.USub(), ast.BinOp(dividend, ast.FloorDiv())) if negative(dividend):
                yield "ceil_div"
            case ast.Call(ast.Attribute(ast.BinOp(left, ast.Sub(), ast.Constant(1)), "bit_length")):
                yield "signed_bits" if negative(left) else "ceil_log2"
            case ast.Call(ast.Attribute(ast.Call(ast.Name("max"), [ast.BinOp(left, ast.Sub(), ast.Constant(1)), _]))):
                yield "signed_bits" if negative(left) else "ceil_log2"
            case ast.Call(ast.Attribute(ast.BinOp(_, ast.BitAnd(), ast.UnaryOp(ast.USub())), "bit_length")):
                yield "trailing_zeros"
            case ast.Call(ast.Name("all"), [ast.GeneratorExp(ast.Compare(ast.Name(), [ast.LtE()], [ast.Name()]))]):
                yield "undominated"
            case ast.Call(ast.Attribute(ast.Attribute(_, "minimum"), "accumulate")):
                yield "undominated"
            case ast.Call(ast.Name("Environment" | "get_close_matches" as name)):
                yield {"Environment": "template_environment", "get_close_matches": "nearest"}[name]
            case ast.JoinedStr(parts) if any("did you mean" in str(getattr(part, "value", "")) for part in parts[:-1]):
                yield "unknown"


def negative(node: ast.expr) -> bool:
    """Whether an expression begins with a minus."""
    while isinstance(node, ast.BinOp):
        node = node.left
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def test_each_is_defined_once() -> None:
    found = {
        str(path.relative_to(ROOT)): sorted(written_out(path.read_text(encoding="utf-8"))) for path in modules(*SOURCES)
    }
    assert found.pop("compiler/numeric/integers.py") == ["ceil_div", "ceil_log2", "signed_bits", "trailing_zeros"]
    assert found.pop("compiler/pareto.py") == ["undominated"]
    assert found.pop("compiler/templates.py") == ["template_environment"]
    assert found.pop("compiler/nearest.py") == ["nearest", "unknown"]
    for name, allowed in IN_TESTS.items():
        assert set(found.pop(name)) == {allowed}
    assert {name: names for name, names in found.items() if names and not name.startswith(BY_THEMSELVES)} == {}


def test_what_is_written_out_is_seen() -> None:
    source = """
a = -(-5 * x // 8), -(-n // 2)
b = (n - 1).bit_length(), max(high.bit_length(), (-low - 1).bit_length() + 1), (n & -n).bit_length()
f = max(-low - 1, 0).bit_length(), max(n - 1, 1).bit_length()
c = all(one <= other for one, other in zip(a, b)), np.minimum.accumulate(second)
d = Environment(loader=None), get_close_matches(x, y), f"unknown; did you mean {name}?"
e = -(a // b), n.bit_length(), all(x < y for x, y in z), "did you mean 'x'?"
"""
    assert sorted(written_out(source)) == [
        *("ceil_div", "ceil_div", "ceil_log2", "ceil_log2", "nearest", "signed_bits", "signed_bits"),
        *("template_environment", "trailing_zeros", "undominated", "undominated", "unknown"),
    ]
